// How a fuzzer makes a new input of one that it has: a few small changes, of bytes or, where the input is JSON, of values.
import type { Random } from './random.js'

export interface Material {
  /** What other inputs there are: parts of them are mixed in. */
  others: readonly Uint8Array[]
  isJson: boolean
  /** Bytes. */
  longest: number
}

export function mutate(random: Random, input: Uint8Array, material: Material): Uint8Array {
  if (material.isJson && random.below(2) === 0) {
    const made = mutateJson(random, input)
    if (made && made.length <= material.longest) return made
  }
  let bytes: Uint8Array = Buffer.from(input)
  for (let times = 1 + random.below(4); times > 0; times--)
    bytes = random.pick(CHANGES)(random, bytes, material)
  return bytes.subarray(0, material.longest)
}

type Change = (random: Random, bytes: Uint8Array, material: Material) => Uint8Array

const CHANGES: readonly Change[] = [
  flipBit,
  setByte,
  setByte,
  setNumber,
  addToNumber,
  remove,
  insert,
  insert,
  duplicate,
  repeat,
  cross,
  overwrite,
  insertText,
]

/** At the edges of what fields hold. */
const NUMBERS = [
  0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0xffffff, 0x7fffffff, 0xffffffff,
]
const BYTES = [0, 1, 2, 3, 4, 8, 16, 32, 64, 0x7f, 0x80, 0xc2, 0xe2, 0xed, 0xf0, 0xff]

function flipBit(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
  return bytes
}

function setByte(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0)
    bytes[random.below(bytes.length)] = random.below(2) === 0 ? random.pick(BYTES) : random.below(256)
  return bytes
}

function setNumber(random: Random, bytes: Uint8Array): Uint8Array {
  const width = random.pick([2, 4, 6])
  if (bytes.length < width) return bytes
  const at = random.below(bytes.length - width + 1)
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).writeUIntLE(
    random.pick(NUMBERS) % 256 ** width,
    at,
    width,
  )
  return bytes
}

function addToNumber(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes
  const at = random.below(bytes.length)
  bytes[at] = (bytes[at]! + random.below(17) - 8) & 0xff
  return bytes
}

function remove(random: Random, bytes: Uint8Array): Uint8Array {
  const [from, to] = part(random, bytes)
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
}

function insert(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1)
  const added = Uint8Array.from({ length: 1 + random.below(8) }, () =>
    random.below(2) === 0 ? random.pick(BYTES) : random.below(256),
  )
  return spliced(bytes, at, added)
}

function duplicate(random: Random, bytes: Uint8Array): Uint8Array {
  const [from, to] = part(random, bytes)
  return spliced(bytes, random.below(bytes.length + 1), bytes.subarray(from, to))
}

/** The same part many times: what takes long, or goes deep, shows. */
function repeat(random: Random, bytes: Uint8Array, { longest }: Material): Uint8Array {
  const [from, to] = part(random, bytes)
  const length = Math.min(to - from, 16)
  const times = Math.min(1 << random.below(12), Math.floor(longest / Math.max(1, length)))
  const added = Buffer.concat(Array.from({ length: times }, () => bytes.subarray(from, from + length)))
  return spliced(bytes, from, added)
}

function cross(random: Random, bytes: Uint8Array, { others }: Material): Uint8Array {
  const other = random.pick(others)
  return Buffer.concat([
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ])
}

function overwrite(random: Random, bytes: Uint8Array, { others }: Material): Uint8Array {
  const [from, to] = part(random, random.pick(others))
  const piece = random.pick(others).subarray(from, to)
  if (piece.length > 0 && bytes.length >= piece.length)
    bytes.set(piece, random.below(bytes.length - piece.length + 1))
  return bytes
}

const TEXTS = [
  '..',
  '/',
  '\\',
  '\0',
  '*',
  '**',
  '?',
  '[',
  ']',
  '{',
  '}',
  '(',
  '+(',
  '!',
  '@',
  '@{',
  '~',
  '^',
  ':',
]
TEXTS.push(
  '://',
  '%',
  '%2f',
  '%00',
  '.dv',
  '.git',
  '\u200c',
  '\ud83d\ude00',
  '\u0301',
  '-',
  '0',
  '9'.repeat(20),
)
TEXTS.push('null', 'true', '[]', '{}', '""', '1e999', '-0', '__proto__', ',', '\n', '\r\n', '=', '#')

function insertText(random: Random, bytes: Uint8Array): Uint8Array {
  return spliced(bytes, random.below(bytes.length + 1), Buffer.from(random.pick(TEXTS)))
}

function spliced(bytes: Uint8Array, at: number, added: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)])
}

function part(random: Random, bytes: Uint8Array): [number, number] {
  if (bytes.length === 0) return [0, 0]
  const from = random.below(bytes.length)
  const length = random.below(10) === 0 ? random.below(bytes.length - from) : random.below(16)
  return [from, Math.min(bytes.length, from + 1 + length)]
}

/** Undefined where the input is no JSON. */
function mutateJson(random: Random, input: Uint8Array): Uint8Array | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(input).toString('utf8'))
    return Buffer.from(JSON.stringify(changed(random, value, 0)) ?? 'null')
  } catch {
    return undefined
  }
}

const VALUES: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1.5,
  () => 1e300,
  () => Number.MAX_SAFE_INTEGER + 1,
  () => '',
  () => 'a',
  () => '../../x',
  () => '\ud800',
  () => '0'.repeat(64),
  () => 'f'.repeat(32),
  () => [],
  () => ({}),
  () => ({ toString: 1, valueOf: 1, constructor: 1 }),
  () => JSON.parse('{"__proto__":{"length":1}}'),
  () => Array.from({ length: 100 }, () => []),
  () => JSON.parse('['.repeat(900) + ']'.repeat(900)),
]

/** One value of a tree of values is another, is gone, or comes twice. */
function changed(random: Random, value: unknown, depth: number): unknown {
  if (depth > 20 || typeof value !== 'object' || value === null || random.below(4) === 0)
    return random.pick(VALUES)()
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value]
    const at = random.below(copy.length + 1)
    const what = random.below(4)
    if (what === 0) copy.splice(at, 1)
    else if (what === 1) copy.splice(at, 0, copy[at] ?? null)
    else copy[at] = changed(random, copy[at], depth + 1)
    return copy
  }
  const fields = Object.entries(value)
  const at = random.below(fields.length + 1)
  const [name, inner] = fields[at] ?? ['more', null]
  if (random.below(5) === 0) fields.splice(at, 1)
  else fields[at] = [random.below(10) === 0 ? '__proto__' : name, changed(random, inner, depth + 1)]
  return Object.fromEntries(fields)
}
