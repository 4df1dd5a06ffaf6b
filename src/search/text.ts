// What of a file's bytes is searched. It depends on the bytes alone, not on the file's name: one content is one document,
// wherever it stands. Format: spec/26-search.md, "Text"
import { isUtf8 } from 'node:buffer'
import { asBuffer } from '../base/index.js'
import { notebookText } from './notebook.js'
import { columnNames, TABLE_MAGIC } from './column-names.js'

/** Of a text so many bytes are searched. */
export const TEXT_BYTES = 256 * 1024
/** A larger notebook is searched as text. */
const NOTEBOOK_BYTES_MAX = 8 * 1024 * 1024
const SNIFFED = 8 * 1024

export interface Content {
  size: number
  /** Its first TEXT_BYTES, or all. */
  head: Uint8Array
  read: (offset: number, length: number) => Promise<Uint8Array>
}

/** The text of a content: UTF-8 bytes, or a string. Empty for what has none. */
export async function textOf({ size, head, read }: Content): Promise<Uint8Array | string> {
  const bytes = asBuffer(head)
  if (TABLE_MAGIC.test(bytes.toString('latin1', 0, 6))) return columnNames({ size, read })
  if (mayBeNotebook(bytes) && size <= NOTEBOOK_BYTES_MAX) {
    const text = notebookText(size > bytes.length ? await read(0, size) : bytes)
    if (text !== undefined) return text.slice(0, TEXT_BYTES)
  }
  return decodeText(bytes, size > bytes.length)
}

/** Whether the head may be that of JSON with cells. */
function mayBeNotebook(head: Buffer): boolean {
  return head[0] === 0x7b && (head.includes('"nbformat"') || head.subarray(0, SNIFFED).includes('"cells"'))
}

/** UTF-8, UTF-16 with its mark, else windows-1252. What has a zero byte is no text. */
export function decodeText(bytes: Buffer, isCut: boolean): Uint8Array | string {
  if (bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe)
    return new TextDecoder('utf-16le').decode(bytes)
  if (bytes.length >= 2 && bytes[0] === 0xfe && bytes[1] === 0xff)
    return new TextDecoder('utf-16be').decode(bytes)
  if (bytes.subarray(0, SNIFFED).includes(0)) return ''
  const whole = isCut ? bytes.subarray(0, wholeCharacters(bytes)) : bytes
  return isUtf8(whole) ? whole : new TextDecoder('windows-1252').decode(whole)
}

/** Bytes without a last character that was cut. */
function wholeCharacters(bytes: Buffer): number {
  let start = bytes.length
  while (start > 0 && bytes.length - start < 4 && (bytes[start - 1]! & 0xc0) === 0x80) start--
  return start > 0 && bytes[start - 1]! >= 0xc0 ? start - 1 : bytes.length
}
