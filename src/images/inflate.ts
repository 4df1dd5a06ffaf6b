// Deflated bytes a piece at a time: never more than was asked for and what zlib holds, whatever they would come to.
import { pipeline, Readable } from 'node:stream'
import { createInflate, inflateSync } from 'node:zlib'
import { isDvError } from '../base/index.js'

const CHUNK_BYTES = 256 * 1024

export interface Inflated {
  /** The next bytes, exactly so many, and the caller's own; undefined where fewer are left or what is there is damaged. */
  take(length: number): Promise<Buffer | undefined>
  close(): void
}

export function openInflate(deflated: AsyncIterable<Uint8Array>): Inflated {
  const stream = pipeline(Readable.from(deflated), createInflate({ chunkSize: CHUNK_BYTES }), () => undefined)
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let held: Buffer = Buffer.alloc(0)
  return {
    async take(length) {
      const parts: Buffer[] = [held]
      for (let got = held.length; got < length;) {
        const next = await chunks.next().catch(onlyDamage)
        if (next.done) return undefined
        parts.push(next.value)
        got += next.value.length
      }
      const bytes = parts.length === 1 ? held : Buffer.concat(parts)
      held = bytes.subarray(length)
      return bytes.subarray(0, length)
    },
    close: () => stream.destroy(),
  }
}

/** Zlib's errors end the bytes; all others are of the file they are read from. */
function onlyDamage(error: unknown): IteratorResult<Buffer> {
  if (isDvError(error) || !String((error as { code?: unknown }).code).startsWith('Z_')) throw error
  return { done: true, value: undefined }
}

/** At most `length` bytes; undefined where they are damaged, or would be more. */
export function inflateAll(deflated: Buffer, length: number): Buffer | undefined {
  try {
    return inflateSync(deflated, { maxOutputLength: Math.max(1, length) })
  } catch {
    return undefined
  }
}
