// The documents of entries of a tree: where each is, what is said of it, what is in it. All three are known by hashes, so
// that what several entries, or several revisions, have in common is indexed once.
import { baseName, parentPath, utf8 } from '../base/index.js'
import { checksum } from '../hash/index.js'
import type { EffectiveEntry } from '../manifest/index.js'
import {
  encodeMetadata,
  entrySize,
  type FileEntry,
  isFile,
  type Metadata,
  type MetadataScalar,
} from '../objects/index.js'
import type { ObjectStore } from '../store/index.js'
import { readTexts } from './read-texts.js'
import { KINDS } from './rows.js'
import type { Document, Piece } from './document.js'
import type { Session } from './session.js'

export interface TreeColumns {
  place: Uint32Array
  metadata: Uint32Array
  content: Uint32Array
  kinds: Uint8Array
  sizes: Float64Array
}

/** Columns of `count` rows, which follow the numbers that the session gives. */
export function treeColumns(session: Session, count: number): TreeColumns {
  return {
    place: session.column(count),
    metadata: session.column(count),
    content: session.column(count),
    kinds: new Uint8Array(count),
    sizes: new Float64Array(count),
  }
}

export interface TreeWork {
  store: ObjectStore
  session: Session
  columns: TreeColumns
  signal?: AbortSignal | undefined
}

interface Waiting {
  row: number
  file: FileEntry
}

/** Fills a row for each entry. Returns how many of the files have no content here. */
export async function fillRows(
  { store, session, columns, signal }: TreeWork,
  entries: readonly EffectiveEntry[],
  rowOf: (index: number) => number,
): Promise<number> {
  const waiting: Waiting[] = []
  for (const [i, [path, entry, metadata]] of entries.entries()) {
    const at = rowOf(i)
    columns.kinds[at] = KINDS.indexOf(entry.kind)
    columns.sizes[at] = entrySize(entry)
    columns.place[at] = await session.findOrAdd(placeKey(path), () => placeDocument(path))
    if (metadata.size > 0) columns.metadata[at] = await metadataDocument(session, metadata)
    if (!isFile(entry)) continue
    const known = session.find(entry.content)
    if (known === undefined) waiting.push({ row: at, file: entry })
    else columns.content[at] = known
  }
  return fillContents({ store, session, columns, signal }, waiting)
}

/** Reads contents that are not known yet. Returns how many are not here. */
export async function fillContents(
  { store, session, columns, signal }: TreeWork,
  waiting: readonly Waiting[],
): Promise<number> {
  let absent = 0
  const texts = await readTexts(
    store,
    waiting.map(({ file }) => file),
    signal,
  )
  for (const [i, { row, file }] of waiting.entries()) {
    const text = texts[i]
    if (text === undefined) absent++
    else columns.content[row] = await session.findOrAdd(file.content, () => ({ pieces: [{ text }] }))
  }
  return absent
}

function placeKey(path: string): Uint8Array {
  return checksum(utf8(`path ${path}`))
}

function placeDocument(path: string): Omit<Document, 'key'> {
  const name = baseName(path)
  const dot = name.lastIndexOf('.')
  const extension: Piece[] = dot > 0 ? [{ text: name.slice(dot + 1), key: 'extension', keyOnly: true }] : []
  return { text: path, pieces: [{ text: parentPath(path), joined: true }, { text: name }, ...extension] }
}

/** Entries that inherit the same share one object. */
const keysOfMetadata = new WeakMap<Metadata, Uint8Array>()

export function metadataDocument(session: Session, metadata: Metadata): Promise<number> {
  let key = keysOfMetadata.get(metadata)
  if (!key)
    keysOfMetadata.set(
      metadata,
      (key = checksum(Buffer.concat([utf8('metadata '), encodeMetadata(metadata)]))),
    )
  return session.findOrAdd(key, () => ({ pieces: [...metadataPieces(metadata)] }))
}

function* metadataPieces(metadata: Metadata): Generator<Piece> {
  for (const [key, value] of metadata) {
    yield { text: key }
    for (const scalar of value.type === 'list' ? value.value : [value])
      yield { text: scalarText(scalar), key }
  }
}

/** As `dv meta get` prints it. */
export function scalarText({ type, value }: MetadataScalar): string {
  return type === 'date' ? new Date(value).toISOString() : String(value)
}
