// Keys: the UTF-8 of a path with '/' written as 0x00, so that plain byte order is the order of paths.
// Format: spec/07-manifest.md, "Keys".
import { DvError, PATH_BYTES_MAX } from '../base/index.js'

const SLASH = 0x2f
const DOT = 0x2e

/** Writes the key of `path` at `at` and returns its end. `target` must have room for 3 bytes per UTF-16 unit. */
export function writeKey(target: Buffer, at: number, path: string): number {
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i)
    if (code >= 0x80) return writeWideKey(target, at, path)
    target[at + i] = swapped(code)
  }
  return at + path.length
}

function writeWideKey(target: Buffer, at: number, path: string): number {
  if (/\p{Surrogate}/u.test(path)) throw unsafePath(path, 'it is not valid Unicode')
  const end = at + target.write(path, at, 'utf8')
  for (let i = at; i < end; i++) target[i] = swapped(target[i]!)
  return end
}

/** NUL and '/' change places: a NUL in a path becomes the '/' that no key may have, and so is refused. */
function swapped(byte: number): number {
  if (byte === SLASH) return 0
  return byte === 0 ? SLASH : byte
}

/** The key of a path, checked. Throws DV_UNSAFE_PATH when no entry can stand at it. */
export function keyOf(path: string): Buffer {
  const key = Buffer.allocUnsafe(path.length * 3)
  const end = writeKey(key, 0, path)
  const problem = keyProblem(key, { start: 0, end })
  if (problem !== undefined) throw unsafePath(path, problem)
  return key.subarray(0, end)
}

/** Bytes from `start` to before `end`; the first `sound` of them are known to begin a sound key. */
export interface KeyBytes {
  start: number
  end: number
  sound?: number
}

/** Why these bytes cannot be a key, UTF-8 aside, or undefined. */
export function keyProblem(bytes: Uint8Array, { start, end, sound = 0 }: KeyBytes): string | undefined {
  if (end === start) return 'it is empty'
  if (end - start > PATH_BYTES_MAX) return `it is longer than ${PATH_BYTES_MAX} bytes`
  let component = start + sound
  while (component > start && bytes[component - 1] !== 0) component--
  for (let i = component; i <= end; i++) {
    const byte = i < end ? bytes[i] : 0
    if (byte === SLASH) return 'it contains a NUL'
    if (byte !== 0) continue
    const length = i - component
    if (length === 0) return 'it has an empty component'
    if (length <= 2 && bytes[component] === DOT && bytes[i - 1] === DOT)
      return "it has a component '.' or '..'"
    component = i + 1
  }
  return undefined
}

export function unsafePath(path: string, reason: string): DvError {
  return new DvError('DV_UNSAFE_PATH', `The path '${path.slice(0, 200)}' cannot be recorded: ${reason}`, {
    data: { path: path.slice(0, PATH_BYTES_MAX) },
  })
}

/** FNV-1a over the level and the key, then murmur3's finaliser: 32 bits, unsigned. */
export function hashKey(bytes: Uint8Array, start: number, end: number, level: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(level + 1, 0x9e3779b1)
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A range of keys: from `low`, if given, to before `high`, if given. */
export interface KeyRange {
  low?: Buffer
  high?: Buffer
}

/** The keys of `prefix` and of all that lies below it. The empty prefix is everything. */
export function rangeWithin(prefix = ''): KeyRange {
  if (prefix === '') return {}
  const low = keyOf(prefix)
  return { low, high: endOf(low) }
}

/** The keys of paths that begin with a text. It need be no path itself. */
export function rangeOfText(text: string): KeyRange {
  const low = textKey(text)
  // No byte of UTF-8 is as high.
  return { low, high: Buffer.concat([low, Buffer.of(0xff)]) }
}

/** The key of one path, which need not be one that can stand in a manifest. */
export function rangeOfOne(path: string): KeyRange {
  const low = textKey(path)
  return { low, high: Buffer.concat([low, Buffer.of(0)]) }
}

function textKey(text: string): Buffer {
  const bytes = Buffer.from(text)
  for (let i = 0; i < bytes.length; i++) bytes[i] = swapped(bytes[i]!)
  return bytes
}

/** What is above a key and all that lie below it, and not above any other. */
export function endOf(key: Uint8Array): Buffer {
  return Buffer.concat([key, Buffer.of(1)])
}

/** Keys of one node, decoded: key i is `bytes` from `starts[i]` to `starts[i + 1]`. */
export interface NodeKeys {
  readonly bytes: Buffer
  readonly starts: Uint32Array
  /** The same bytes as text, made when a path is first asked for. */
  text?: Buffer
}

export function keyAt(keys: NodeKeys, index: number): Buffer {
  return keys.bytes.subarray(keys.starts[index], keys.starts[index + 1])
}

export function pathAt(keys: NodeKeys, index: number): string {
  keys.text ??= toText(keys.bytes)
  return keys.text.toString('utf8', keys.starts[index], keys.starts[index + 1])
}

export function pathOfKey(key: Uint8Array): string {
  return toText(key).toString('utf8')
}

function toText(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes)
  for (let i = 0; i < text.length; i++) if (text[i] === 0) text[i] = SLASH
  return text
}

/** Orders key `index` of `keys` and `key`. */
export function compareKeyAt(keys: NodeKeys, index: number, key: Uint8Array, keyEnd = key.length): number {
  return compareKeys(keys.bytes, keys.starts[index]!, keys.starts[index + 1]!, key, 0, keyEnd)
}

/** Orders a[aStart, aEnd) and b[bStart, bEnd). Short runs: a loop beats a call into native code. */
export function compareKeys(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}

/** The first index whose key is not below `key`; the number of keys when all are. */
export function lowerBound(keys: NodeKeys, key: Uint8Array): number {
  let low = 0
  let high = keys.starts.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeyAt(keys, middle, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
