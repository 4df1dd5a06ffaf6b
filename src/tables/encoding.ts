// Text in other encodings than UTF-8, where users say so. What is read is written back as it was.
import type { Encoding } from '../attributes/index.js'
import { notAsSaid } from './errors.js'

/** The bytes as UTF-8. Throws DV_BAD_ENCODING. */
export async function* toUtf8(
  bytes: AsyncIterable<Uint8Array>,
  { path, encoding }: { path: string; encoding: Encoding },
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const decoded = (part?: Uint8Array) => {
    try {
      return Buffer.from(part ? decoder.decode(part, { stream: true }) : decoder.decode())
    } catch {
      throw notAsSaid(path, encoding)
    }
  }
  for await (const part of bytes) yield decoded(part)
  yield decoded()
}

/** Undefined for what is not of the encoding. Its mark, if it has one, stays in the text. */
export function decodeBytes(bytes: Uint8Array, encoding: Encoding): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What the encoding lacks, as only names between markers may, is '?'. */
export function encodeText(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf-8') return Buffer.from(text)
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le')
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16()
  const byteOf = bytesOf(encoding)
  const bytes = Buffer.alloc(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = byteOf.get(text[i]!) ?? QUESTION_MARK
  return bytes
}

const QUESTION_MARK = 0x3f

/** Of the encodings that have a byte for each character. */
function bytesOf(encoding: Encoding): Map<string, number> {
  const chars = new TextDecoder(encoding).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte))
  return new Map([...chars].map((char, byte) => [char, byte]))
}
