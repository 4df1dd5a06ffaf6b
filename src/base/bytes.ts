/** A Buffer over the same memory, without copying. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

export function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8')
}

/** Decodes UTF-8 strictly: throws a TypeError on bytes that are not. */
export function fromUtf8(bytes: Uint8Array): string {
  return strict.decode(bytes)
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
