// A file that is only called otherwise keeps its metadata. A renamed file is one whose content was at a path that is gone and
// is at a path that is new; so is a directory all of whose files moved along with it into one that was not there. Rows wait on
// disk where there are many, so that a folder of a million files can be moved. Rules: spec/20-metadata.md, "Renamed files"
import { baseName, comparePaths, parentPath } from '../base/index.js'
import { SortedRuns } from '../edit/index.js'
import { idKey, type ManifestId } from '../hash/index.js'
import {
  type Change,
  diffManifests,
  type Edit,
  editManifest,
  lookupMany,
  storeMetadata,
  summarize,
} from '../manifest/index.js'
import { decodeMetadata, encodeMetadata, type Entry, isFile } from '../objects/index.js'
import type { ObjectWriter } from '../store/index.js'
import { withEdit } from './metadata-edit.js'
import { editsAt, metadataAt } from './pending-tree.js'
import { type SortedRows, sortedRows } from './sorted-rows.js'

export interface RenamedOptions {
  before: ManifestId
  /** As it is on disk: new files have no metadata of their own. */
  after: ManifestId
  /** Edits that wait: those at a path that is gone go along. */
  pending: ManifestId | undefined
  /** Gives a path for a new temporary file. */
  temporaryPath: () => string
}

export interface Renamed {
  /** `after` with the metadata of what was renamed. */
  manifest: ManifestId
  /** Paths that got metadata so, and the first of them. */
  count: number
  examples: { from: string; path: string }[]
  /** Those of them that are directories, which got an entry of their own. */
  directories: string[]
  /** Files gone with metadata whose content is at several new paths, or was at several that are gone: nobody can tell which is which. */
  unclear: number
}

const EXAMPLES = 10

export async function keepMetadataOfRenamed(writer: ObjectWriter, options: RenamedOptions): Promise<Renamed> {
  const { after, temporaryPath } = options
  const files = new SortedRuns<MovedFile>({ temporaryPath, compare: byContent, weigh: weightOf })
  const rows = sortedRows(temporaryPath)
  const found: Renamed = { manifest: after, count: 0, examples: [], directories: [], unclear: 0 }
  try {
    const folders = await gather(writer, options, files)
    for await (const group of groupsOf(files.sorted())) pairGroup(group, { found, rows, folders })
    await pairFolders(writer, { options, folders, found, rows })
    if (found.count === 0) return found
    return { ...found, manifest: await editManifest(writer, after, editsOf(writer, after, rows)) }
  } finally {
    files.close()
    rows.close()
  }
}

interface MovedFile {
  content: string
  path: string
  isGone: boolean
  /** Encoded; absent: it has none. */
  metadata?: Uint8Array
}

const ROW_BYTES = 300

function weightOf({ path, metadata }: MovedFile): number {
  return ROW_BYTES + path.length + (metadata?.length ?? 0)
}

function byContent(a: MovedFile, b: MovedFile): number {
  if (a.content !== b.content) return a.content < b.content ? -1 : 1
  return comparePaths(a.path, b.path)
}

/** A directory with metadata that is gone. */
interface Folder {
  metadata: Uint8Array
  /** Where the files below it went. */
  targets: Set<string>
}

type Folders = Map<string, Folder>

async function gather(
  writer: ObjectWriter,
  { before, after, pending }: RenamedOptions,
  files: SortedRuns<MovedFile>,
): Promise<Folders> {
  const folders: Folders = new Map()
  for await (const batch of diffManifests(writer, [before, after])) {
    const gone = batch.filter((change) => !change.after)
    const paths = gone.map(({ path }) => path)
    const recorded = await metadataAt(writer, before, paths)
    const edits = await editsAt(writer, pending, paths)
    for (const [i, { path, before: entry }] of gone.entries()) {
      const own = withEdit(recorded[i]!, edits[i]!)
      const metadata = own.size > 0 ? encodeMetadata(own) : undefined
      if (entry?.kind === 'directory' && metadata) folders.set(path, { metadata, targets: new Set() })
      const content = contentOf(entry)
      if (content !== undefined) files.add([{ content, path, isGone: true, ...(metadata && { metadata }) }])
    }
    files.add(batch.flatMap(newFile))
  }
  return folders
}

function newFile({ path, before, after }: Change): MovedFile[] {
  const content = before ? undefined : contentOf(after)
  return content === undefined ? [] : [{ content, path, isGone: false }]
}

/** Empty files are all the same: which of them is which cannot be told. */
function contentOf(entry: Entry | undefined): string | undefined {
  return entry && isFile(entry) && entry.size > 0 ? idKey(entry.content) : undefined
}

async function* groupsOf(batches: AsyncIterable<readonly MovedFile[]>): AsyncGenerator<MovedFile[]> {
  let group: MovedFile[] = []
  for await (const batch of batches)
    for (const file of batch) {
      if (group[0] && group[0].content !== file.content) {
        yield group
        group = []
      }
      group.push(file)
    }
  if (group.length > 0) yield group
}

interface Pairing {
  found: Renamed
  rows: SortedRows
  folders: Folders
}

/** Of files of equal content: those that are the only ones of their name on both sides, then one that is left with one that is left. */
function pairGroup(group: readonly MovedFile[], pairing: Pairing): void {
  const gone = new Set(group.filter(({ isGone }) => isGone))
  const added = new Set(group.filter(({ isGone }) => !isGone))
  if (gone.size === 0 || added.size === 0) return
  const pairOnly = (from: readonly MovedFile[], to: readonly MovedFile[]) => {
    const [source, target] = [from[0], to[0]]
    if (from.length !== 1 || to.length !== 1 || !source || !target) return
    gone.delete(source)
    added.delete(target)
    notePair(source, target, pairing)
  }
  const sources = byName(gone)
  for (const [name, targets] of byName(added)) pairOnly(sources.get(name) ?? [], targets)
  pairOnly([...gone], [...added])
  if (added.size > 0) for (const { metadata } of gone) if (metadata) pairing.found.unclear++
}

function byName(files: Iterable<MovedFile>): Map<string, MovedFile[]> {
  const named = new Map<string, MovedFile[]>()
  for (const file of files) {
    const name = baseName(file.path)
    named.set(name, [...(named.get(name) ?? []), file])
  }
  return named
}

function notePair(source: MovedFile, target: MovedFile, { found, rows, folders }: Pairing): void {
  noteFolders(source.path, target.path, folders)
  if (source.metadata) note(found, rows, { from: source.path, path: target.path, metadata: source.metadata })
}

function note(
  found: Renamed,
  rows: SortedRows,
  { from, path, metadata }: { from: string; path: string; metadata: Uint8Array },
): void {
  found.count++
  if (found.examples.length < EXAMPLES) found.examples.push({ from, path })
  rows.add([{ path, line: 0, metadata }])
}

/** Directories that a file was in and is in, as long as what is below them is called the same. */
function noteFolders(from: string, to: string, folders: Folders): void {
  while (folders.size > 0 && from !== '' && to !== '' && baseName(from) === baseName(to)) {
    from = parentPath(from)
    to = parentPath(to)
    if (to !== '') folders.get(from)?.targets.add(to)
  }
}

async function pairFolders(
  writer: ObjectWriter,
  { options, folders, found, rows }: Pairing & { options: RenamedOptions },
): Promise<void> {
  const taken = new Set<string>()
  for (const [from, { metadata, targets }] of folders) {
    const [path] = targets
    if (targets.size !== 1 || path === undefined || taken.has(path)) continue
    if ((await summarize(writer, options.before, path)).entries > 0) continue
    taken.add(path)
    found.directories.push(path)
    note(found, rows, { from, path, metadata })
  }
}

async function* editsOf(writer: ObjectWriter, after: ManifestId, rows: SortedRows): AsyncGenerator<Edit[]> {
  for await (const batch of rows.sorted()) {
    const paths = batch.map(({ path }) => path)
    const entries = await lookupMany(writer, after, paths)
    const edits: Edit[] = []
    for (const [i, { path, metadata }] of batch.entries()) {
      const stored = await storeMetadata(writer, decodeMetadata(metadata, 'metadata of a renamed file'))
      const entry: Entry = entries[i] ?? { kind: 'directory' }
      edits.push([path, { ...entry, ...(stored && { metadata: stored }) }])
    }
    yield edits
  }
}
