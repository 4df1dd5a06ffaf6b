// Format: spec/07-manifest.md, "A node". Column by column: alike things together compress and decode fast.
import { DvError, PATH_BYTES_MAX } from '../base/index.js'
import { Writer } from '../codec/index.js'
import { ID_BYTES, sameId, type ValueId } from '../hash/index.js'
import {
  encodeMetadata,
  type Entry,
  type EntryMetadata,
  type FileEntry,
  StoredMetadata,
  INLINE_CHUNKS_MAX,
  INLINE_METADATA_BYTES_MAX,
  isFile,
} from '../objects/index.js'
import type { KeyRun } from './key-run.js'

export const NODE_VERSION = 1
/** A longer target of a symlink stands in a value object. */
export const INLINE_TARGET_BYTES_MAX = 512

export const KINDS = ['file', 'executable', 'symlink', 'directory'] as const
export const FORMS = ['whole', 'inline', 'tree'] as const
export const FORM_SHIFT = 2
export const METADATA_SHIFT = 4
export const METADATA_INLINE = 1
export const METADATA_VALUE = 2

/** The bytes of a leaf. `spilled` holds the value id of each symlink target that is too long to stand here. */
export function encodeLeaf(
  run: KeyRun,
  entries: readonly Entry[],
  spilled: ReadonlyMap<Entry, ValueId>,
): Buffer {
  const writer = new Writer(64 * run.count + 64)
  writer.u8(NODE_VERSION).u8(0).varint(run.count)
  run.encode(writer)
  const kinds = Buffer.allocUnsafe(entries.length)
  for (let i = 0; i < entries.length; i++) kinds[i] = kindByte(entries[i]!, spilled)
  writer.raw(kinds)
  for (const entry of entries) if (isFile(entry)) writer.varint(entry.size)
  for (const entry of entries) if (isFile(entry)) writer.raw(entry.content)
  for (const entry of entries) {
    if (isFile(entry)) writeRecipe(writer, entry)
    else if (entry.kind === 'symlink') writeTarget(writer, entry.target, spilled.get(entry))
    if (entry.metadata !== undefined) writeEntryMetadata(writer, entry.metadata)
  }
  return writer.done()
}

function kindByte(entry: Entry, spilled: ReadonlyMap<Entry, ValueId>): number {
  let form = 0
  if (isFile(entry)) form = FORMS.indexOf(entry.recipe.form)
  else if (entry.kind === 'symlink' && spilled.has(entry)) form = 1
  return KINDS.indexOf(entry.kind) | (form << FORM_SHIFT) | (metadataForm(entry.metadata) << METADATA_SHIFT)
}

function metadataForm(metadata: EntryMetadata | undefined): number {
  if (metadata === undefined || isEmpty(metadata)) return 0
  return metadata.form === 'inline' ? METADATA_INLINE : METADATA_VALUE
}

function isEmpty(metadata: EntryMetadata): boolean {
  if (metadata.form === 'value' || metadata instanceof StoredMetadata) return false
  return metadata.metadata.size === 0
}

function writeRecipe(writer: Writer, { recipe }: FileEntry): void {
  if (recipe.form === 'tree') writer.raw(recipe.root)
  if (recipe.form !== 'inline') return
  writer.varint(recipe.chunks.length)
  for (const chunk of recipe.chunks) writer.raw(chunk.id).varint(chunk.length)
}

function writeTarget(writer: Writer, target: string, spilled: ValueId | undefined): void {
  if (spilled === undefined) writer.string(target)
  else writer.raw(spilled)
}

function writeEntryMetadata(writer: Writer, metadata: EntryMetadata): void {
  if (metadata.form === 'value') writer.raw(metadata.id)
  else if (!isEmpty(metadata)) writer.bytes(inlineBytes(metadata))
}

/** What was read is written as it was. */
function inlineBytes(metadata: Exclude<EntryMetadata, { form: 'value' }>): Buffer {
  return metadata instanceof StoredMetadata ? metadata.bytes : encodeMetadata(metadata.metadata)
}

/** Refuses an entry that no reader would take. */
export function checkEntry(path: string, entry: Entry): void {
  if (entry.metadata?.form === 'inline') {
    const size = inlineBytes(entry.metadata).length
    if (size > INLINE_METADATA_BYTES_MAX)
      throw refused(path, `${size} bytes of metadata must stand in a value object`)
  }
  if (entry.kind === 'symlink') checkTarget(path, entry.target)
  else if (isFile(entry)) checkFile(path, entry)
}

function checkTarget(path: string, target: string): void {
  const long = target.length * 3 > PATH_BYTES_MAX && Buffer.byteLength(target) > PATH_BYTES_MAX
  if (target === '' || long || target.includes('\0') || /\p{Surrogate}/u.test(target)) {
    throw refused(path, `the target of a symbolic link is 1 to ${PATH_BYTES_MAX} bytes of UTF-8 without NUL`)
  }
}

function checkFile(path: string, { size, content, recipe }: FileEntry): void {
  if (!Number.isSafeInteger(size) || size < 0) throw refused(path, `its size is ${size}`)
  if (content.length !== ID_BYTES) throw refused(path, 'its content id is not of 32 bytes')
  if (recipe.form === 'tree' && size === 0) throw refused(path, 'it is empty, but has a recipe tree')
  if (recipe.form !== 'inline') return
  const problem = inlineProblem(size, content, recipe.chunks)
  if (problem !== undefined) throw refused(path, problem)
}

/** Why these chunks cannot be the inline recipe of a file, or undefined. */
export function inlineProblem(
  size: number,
  content: Uint8Array,
  chunks: readonly { id: Uint8Array; length: number }[],
): string | undefined {
  if (chunks.length < 1 || chunks.length > INLINE_CHUNKS_MAX)
    return `an inline recipe of ${chunks.length} chunks`
  let total = 0
  for (const { length } of chunks) {
    if (!Number.isSafeInteger(length) || length < 1) return `a chunk of ${length} bytes`
    total += length
  }
  if (total !== size) return `chunks of ${total} bytes for a file of ${size}`
  if (chunks.length === 1 && sameId(chunks[0]!.id, content))
    return 'an inline recipe of the one chunk that is the file'
  return undefined
}

function refused(path: string, reason: string): DvError {
  return new DvError('DV_UNREPRESENTABLE_PATH', `The entry at '${path}' cannot be recorded: ${reason}`, {
    data: { path },
  })
}

/** Children of a node above the leaves, in order. */
export interface ChildColumns {
  ids: readonly Uint8Array[]
  entries: readonly number[]
  bytes: readonly number[]
}

export function encodeInternal(level: number, run: KeyRun, children: ChildColumns): Buffer {
  const writer = new Writer(64 * run.count + 64)
  writer.u8(NODE_VERSION).u8(level).varint(run.count)
  run.encode(writer)
  for (const id of children.ids) writer.raw(id)
  for (const entries of children.entries) writer.varint(entries)
  for (const bytes of children.bytes) writer.varint(bytes)
  return writer.done()
}
