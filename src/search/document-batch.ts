// Documents as bytes, in which they go to a thread: many in one message.
import { asBuffer } from '../base/index.js'
import { Reader, Writer } from '../codec/index.js'
import type { Document, Piece } from './document.js'
import { KEY_BYTES } from './segment-writer.js'

const WHAT = 'batch of documents'
const KEYED = 1
const KEY_ONLY = 2
const JOINED = 4

export class BatchWriter {
  #out = new Writer()

  get bytes(): number {
    return this.#out.length
  }

  add({ key, pieces, text }: Document): void {
    const out = this.#out.raw(key.subarray(0, KEY_BYTES)).bytes(utf8Of(text ?? ''))
    const all = [...pieces]
    out.varint(all.length)
    for (const piece of all) {
      const { key: name, keyOnly, joined } = piece
      out.u8((name === undefined ? 0 : KEYED) | (keyOnly ? KEY_ONLY : 0) | (joined ? JOINED : 0))
      if (name !== undefined) out.bytes(utf8Of(name))
      out.bytes(utf8Of(piece.text))
    }
  }

  /** All that was added, in memory of its own, which may be given away. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#out.view())
    this.#out = new Writer(bytes.length)
    return bytes
  }
}

function utf8Of(text: Uint8Array | string): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text
}

/** The documents of a batch; their parts are views of it. */
export function* readBatch(bytes: Uint8Array): Generator<Document> {
  const reader = new Reader(bytes, WHAT)
  while (reader.left > 0) {
    const key = reader.raw(KEY_BYTES)
    const text = reader.bytes()
    const pieces = Array.from({ length: reader.varint() }, () => readPiece(reader))
    yield { key, pieces, ...(text.length > 0 && { text }) }
  }
}

function readPiece(reader: Reader): Piece {
  const flags = reader.u8()
  return {
    ...((flags & KEYED) !== 0 && { key: asBuffer(reader.bytes()).toString('utf8') }),
    ...((flags & KEY_ONLY) !== 0 && { keyOnly: true }),
    ...((flags & JOINED) !== 0 && { joined: true }),
    text: reader.bytes(),
  }
}
