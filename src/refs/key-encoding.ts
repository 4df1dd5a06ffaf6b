// Any text as one part of an object's name that never collides with another: not where upper and lower case are
// the same, not as a folder of another, not with a device of Windows. Format: spec/08-refs.md, "Keys"
import { fromUtf8, utf8 } from '../base/index.js'

/** Characters of an encoded part; leaves room for what a file system or an adapter appends. */
export const KEY_PART_MAX = 240

const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/

/** UTF-8 with every byte outside [a-z0-9._-] as %xx. The first letter of a Windows device's name too. */
export function encodeKeyPart(name: string): string {
  const encoded = Array.from(utf8(name), (byte) =>
    isPlain(byte) ? String.fromCharCode(byte) : escaped(byte),
  ).join('')
  return DEVICE.test(encoded) ? escaped(encoded.charCodeAt(0)) + encoded.slice(1) : encoded
}

/** The text of an encoded part, or undefined when no encoder made it. */
export function decodeKeyPart(part: string): string | undefined {
  const bytes = Buffer.from(
    part.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  )
  try {
    const name = fromUtf8(bytes)
    return encodeKeyPart(name) === part ? name : undefined
  } catch {
    return undefined
  }
}

function isPlain(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x5f
  )
}

function escaped(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`
}
