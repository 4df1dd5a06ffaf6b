// A pack of the source, read once in large ranges into a file beside the target, so that memory does not grow with packs
// and what is looked at is what will be published.
import fs from 'node:fs'
import { asBuffer, corrupt, fromSystemError } from '../base/index.js'
import { packKey } from '../pack/index.js'
import type { Storage } from '../storage/index.js'

const RANGE_BYTES = 8 * 1024 * 1024

export class LocalPack {
  readonly path: string
  readonly size: number
  #fd: number | undefined

  private constructor(path: string, size: number, fd: number) {
    this.path = path
    this.size = size
    this.#fd = fd
  }

  /** Must be closed. */
  static async read(
    source: Storage,
    pack: string,
    options: { size: number; path: string; signal: AbortSignal | undefined },
  ): Promise<LocalPack> {
    const { size, path, signal } = options
    const local = new LocalPack(path, size, openNew(path))
    try {
      for (let at = 0; at < size; at += RANGE_BYTES) {
        signal?.throwIfAborted()
        const length = Math.min(RANGE_BYTES, size - at)
        local.#write(asBuffer(await source.get(packKey(pack), { offset: at, length })))
      }
      return local
    } catch (error) {
      local.close()
      throw fromSystemError(error, 'write', path)
    }
  }

  bytes(at: number, length: number): Buffer {
    if (at < 0 || length < 0 || at + length > this.size)
      throw corrupt('A pack is shorter than what it should hold')
    const bytes = Buffer.allocUnsafe(length)
    for (let done = 0; done < length;) {
      const count = fs.readSync(this.#fd!, bytes, done, length - done, at + done)
      if (count === 0) throw corrupt(`The file '${this.path}' became shorter`)
      done += count
    }
    return bytes
  }

  /** Gives the file to a storage. Nothing can be read here afterwards. */
  async putInto(target: Storage, name: string): Promise<void> {
    this.#closeFile()
    await target.putFile(name, this.path)
  }

  /** Removes the file, if it is still here. */
  close(): void {
    this.#closeFile()
    fs.rmSync(this.path, { force: true })
  }

  #closeFile(): void {
    if (this.#fd === undefined) return
    fs.closeSync(this.#fd)
    this.#fd = undefined
  }

  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) at += fs.writeSync(this.#fd!, bytes, at)
  }
}

function openNew(path: string): number {
  try {
    return fs.openSync(path, 'wx+', 0o644)
  } catch (error) {
    throw fromSystemError(error, 'create', path)
  }
}
