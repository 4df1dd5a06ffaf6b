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

/** Orders two texts as their UTF-8 bytes. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return weight(x) - weight(y)
  }
  return a.length - b.length
}

/** Halves of pairs stand for characters beyond all that have one unit. */
function weight(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}
