// Strict: bytes that an encoder cannot have written are DV_CORRUPT, so a set of entries has one encoding.
// Format: spec/07-manifest.md, "A node" and "Reader must".
import { isUtf8 } from 'node:buffer'
import { PATH_BYTES_MAX } from '../base/index.js'
import { Reader } from '../codec/index.js'
import { type ChunkId, ID_BYTES, type RecipeId, type ValueId } from '../hash/index.js'
import {
  type ChunkRef,
  type Entry,
  type EntryMetadata,
  entrySize,
  type FileEntry,
  INLINE_CHUNKS_MAX,
  INLINE_METADATA_BYTES_MAX,
  type Recipe,
  StoredMetadata,
} from '../objects/index.js'
import {
  FORM_SHIFT,
  FORMS,
  INLINE_TARGET_BYTES_MAX,
  inlineProblem,
  KINDS,
  METADATA_INLINE,
  METADATA_SHIFT,
  METADATA_VALUE,
  NODE_VERSION,
} from './encode.js'
import { keyProblem, type NodeKeys } from './keys.js'
import { isPlainFile, plainFile } from './leaf-columns.js'
import { MANIFEST_PARAMS, NODE_BYTES_MAX } from './params.js'
import type { InternalNode, LeafColumns, LeafNode, Node, Spilled } from './types.js'

/** More levels than any tree of 2^53 entries has. */
const LEVEL_MAX = 60

export function decodeNode(bytes: Uint8Array): Node {
  const reader = new Reader(bytes, 'manifest node')
  if (bytes.length > NODE_BYTES_MAX) reader.fail('more bytes than a node may have')
  if (reader.u8() !== NODE_VERSION) reader.fail('an unknown version')
  const level = reader.u8()
  if (level > LEVEL_MAX) reader.fail('a level too high')
  const count = reader.count(MANIFEST_PARAMS.maxItems, 3)
  if (count === 0 && level > 0) reader.fail('a node of no items')
  const keys = readKeys(reader, count)
  const node = level === 0 ? readLeaf(reader, keys, count) : readInternal(reader, keys, count, level)
  reader.end()
  return node
}

function readKeys(reader: Reader, count: number): NodeKeys {
  const shared = new Uint16Array(count)
  const starts = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) {
    const length = reader.varint()
    if (length > (i === 0 ? 0 : PATH_BYTES_MAX)) reader.fail('a shared length too large')
    shared[i] = length
  }
  let suffixBytes = 0
  for (let i = 0; i < count; i++) {
    const length = reader.varint()
    if (length === 0 || shared[i]! + length > PATH_BYTES_MAX) reader.fail('a key that is empty or too long')
    starts[i + 1] = starts[i]! + shared[i]! + length
    suffixBytes += length
  }
  const bytes = joinKeys(reader, reader.raw(suffixBytes), shared, starts)
  if (!isUtf8(bytes)) reader.fail('a key that is not UTF-8')
  for (let i = 0; i < count; i++) {
    if ((bytes[starts[i]!]! & 0xc0) === 0x80) reader.fail('a key that is not UTF-8')
    const problem = keyProblem(bytes, { start: starts[i]!, end: starts[i + 1]!, sound: shared[i]! })
    if (problem !== undefined) reader.fail(`a path that no entry can have: ${problem}`)
  }
  return { bytes, starts }
}

/** Rebuilds whole keys. Each must share exactly what it says with the key before and be above it. */
function joinKeys(reader: Reader, suffixes: Buffer, shared: Uint16Array, starts: Uint32Array): Buffer {
  const bytes = Buffer.allocUnsafe(starts[shared.length]!)
  let from = 0
  for (let i = 0; i < shared.length; i++) {
    const start = starts[i]!
    const before = i === 0 ? 0 : starts[i - 1]!
    const length = shared[i]!
    if (length > start - before) reader.fail('a key that shares more than there is')
    for (let j = 0; j < length; j++) bytes[start + j] = bytes[before + j]!
    const end = starts[i + 1]!
    for (let at = start + length; at < end; at++) bytes[at] = suffixes[from++]!
    if (i > 0 && length < start - before && bytes[start + length]! <= bytes[before + length]!) {
      reader.fail('keys that do not ascend')
    }
  }
  return bytes
}

function readInternal(reader: Reader, keys: NodeKeys, count: number, level: number): InternalNode {
  const ids = reader.raw(count * ID_BYTES)
  const entriesBelow = new Float64Array(count)
  const bytesBelow = new Float64Array(count)
  const totals = { entries: 0, bytes: 0 }
  for (let i = 0; i < count; i++) {
    totals.entries += entriesBelow[i] = reader.varint()
    if (entriesBelow[i] === 0) reader.fail('a child without entries')
  }
  for (let i = 0; i < count; i++) totals.bytes += bytesBelow[i] = reader.varint()
  if (!Number.isSafeInteger(totals.bytes) || !Number.isSafeInteger(totals.entries))
    reader.fail('a sum too large')
  return { level, count, keys, ids, entriesBelow, bytesBelow, totals }
}

function readLeaf(reader: Reader, keys: NodeKeys, count: number): LeafNode {
  const kinds = reader.raw(count)
  const files = countFiles(reader, kinds)
  const sizes = new Float64Array(count)
  const contentsAt = new Uint16Array(count)
  for (let i = 0, at = 0; i < count; i++) {
    if ((kinds[i]! & 3) >= 2) continue
    sizes[i] = reader.varint()
    contentsAt[i] = at
    at += ID_BYTES
  }
  const contents = reader.raw(files * ID_BYTES)
  const others = new Array<Entry | undefined>(count).fill(undefined)
  const columns = { kinds, sizes, contents, contentsAt, others }
  const spilled: Spilled[] = []
  const totals = { entries: count, bytes: 0 }
  for (let i = 0; i < count; i++) {
    if (!isPlainFile(kinds[i]!)) {
      const entry = readOther(reader, { columns, spilled }, i)
      others[i] = entry
      sizes[i] = entrySize(entry)
    }
    totals.bytes += sizes[i]!
  }
  if (!Number.isSafeInteger(totals.bytes)) reader.fail('a sum too large')
  return { level: 0, count, keys, columns, spilled, totals }
}

interface LeafParts {
  columns: LeafColumns
  spilled: Spilled[]
}

/** Reads the part of an entry that is no plain file. */
function readOther(reader: Reader, { columns, spilled }: LeafParts, index: number): Entry {
  const byte = columns.kinds[index]!
  const kind = KINDS[byte & 3]!
  let entry: Entry
  if (kind === 'directory') entry = { kind }
  else if (kind === 'symlink') {
    const target = readTarget(reader, byte)
    if (typeof target !== 'string') spilled.push({ index, value: target })
    entry = { kind, target: typeof target === 'string' ? target : '' }
  } else {
    entry = plainFile(columns, index)
    const form = FORMS[(byte >> FORM_SHIFT) & 3]!
    if (form !== 'whole') entry.recipe = readRecipe(reader, form, entry)
  }
  if (byte >> METADATA_SHIFT !== 0) entry.metadata = readEntryMetadata(reader, byte >> METADATA_SHIFT)
  return entry
}

function countFiles(reader: Reader, kinds: Buffer): number {
  let files = 0
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i]! & 3
    const form = (kinds[i]! >> FORM_SHIFT) & 3
    const formMax = kind < 2 ? FORMS.length - 1 : kind === 2 ? 1 : 0
    if (form > formMax || kinds[i]! >> METADATA_SHIFT > METADATA_VALUE)
      reader.fail('an entry of an unknown kind')
    if (kind < 2) files++
  }
  return files
}

function readRecipe(reader: Reader, form: 'inline' | 'tree', { size, content }: FileEntry): Recipe {
  if (form === 'tree') {
    if (size === 0) reader.fail('an empty file with a recipe tree')
    return { form, root: reader.raw(ID_BYTES) as RecipeId }
  }
  const count = reader.count(INLINE_CHUNKS_MAX, ID_BYTES + 1)
  const chunks: ChunkRef[] = []
  for (let i = 0; i < count; i++)
    chunks.push({ id: reader.raw(ID_BYTES) as ChunkId, length: reader.varint() })
  const problem = inlineProblem(size, content, chunks)
  if (problem !== undefined) reader.fail(problem)
  return { form, chunks }
}

function readTarget(reader: Reader, byte: number): string | ValueId {
  if (((byte >> FORM_SHIFT) & 3) === 1) return reader.raw(ID_BYTES) as ValueId
  const target = reader.string(INLINE_TARGET_BYTES_MAX)
  if (target === '' || target.includes('\0')) reader.fail('a symbolic link to nothing')
  return target
}

function readEntryMetadata(reader: Reader, form: number): EntryMetadata {
  if (form !== METADATA_INLINE) return { form: 'value', id: reader.raw(ID_BYTES) as ValueId }
  const metadata = new StoredMetadata(reader.bytes(INLINE_METADATA_BYTES_MAX), 'metadata of a manifest entry')
  if (metadata.bytes[0] === 0) reader.fail('metadata of an entry that has none')
  return metadata
}
