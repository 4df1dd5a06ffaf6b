// One path that exists on both sides and was changed by both, differently.
import { sameId } from '../hash/index.js'
import { loadMetadata, storeMetadata } from '../manifest/index.js'
import { type Entry, type FileEntry, isFile, NO_METADATA } from '../objects/index.js'
import type { ObjectReader, ObjectWriter } from '../store/index.js'
import { mergeMetadata } from './metadata.js'

export interface Combined {
  /** What stands there as far as it is settled; else ours, or the favoured side's. */
  entry: Entry
  /** Both changed the content of a file: it may be merged as text. */
  content: boolean
  /** Both changed what it is, or where a link points. */
  clash: 'type' | 'target' | undefined
  /** Keys of metadata that both set differently. */
  metadataKeys: string[]
}

interface Trio {
  base: Entry | undefined
  ours: Entry
  theirs: Entry
}

/** Merges kind, executable bit, link target and metadata; says whether content is left to merge. */
export async function combineEntries(
  writer: ObjectWriter,
  trio: Trio,
  favour?: 'ours' | 'theirs',
): Promise<Combined> {
  const { metadata, conflicts } = await mergedMetadata(writer, trio, favour)
  const stored = await storeMetadata(writer, metadata)
  const { entry: combined, content = false, clash } = combineContent(trio)
  const entry = clash !== undefined && favour === 'theirs' ? trio.theirs : combined
  const { metadata: _, ...bare } = entry
  return {
    entry: stored === undefined ? (bare as Entry) : ({ ...bare, metadata: stored } as Entry),
    content,
    clash,
    metadataKeys: conflicts,
  }
}

async function mergedMetadata(
  reader: ObjectReader,
  { base, ours, theirs }: Trio,
  favour?: 'ours' | 'theirs',
) {
  const load = (entry: Entry | undefined) => (entry ? loadMetadata(reader, entry) : NO_METADATA)
  return mergeMetadata(await load(base), await load(ours), await load(theirs), favour)
}

function combineContent({ base, ours, theirs }: Trio): Pick<Combined, 'entry'> & Partial<Combined> {
  if (isFile(ours) && isFile(theirs))
    return combineFiles(base && isFile(base) ? base : undefined, ours, theirs)
  if (ours.kind !== theirs.kind) return { entry: ours, clash: 'type' }
  if (ours.kind !== 'symlink' || theirs.kind !== 'symlink') return { entry: ours }
  const was = base?.kind === 'symlink' ? base.target : undefined
  if (ours.target === theirs.target || theirs.target === was) return { entry: ours }
  return ours.target === was ? { entry: theirs } : { entry: ours, clash: 'target' }
}

function combineFiles(base: FileEntry | undefined, ours: FileEntry, theirs: FileEntry) {
  const kind = combineKind(base, ours, theirs)
  const same = (a: FileEntry, b: FileEntry | undefined) => b !== undefined && sameId(a.content, b.content)
  if (same(ours, theirs) || same(theirs, base)) return { entry: { ...ours, kind } }
  if (same(ours, base)) return { entry: { ...theirs, kind } }
  return { entry: { ...ours, kind }, content: true }
}

/** The side that changed the bit has it. Where both added the file, executable: nothing is lost by it. */
function combineKind(base: FileEntry | undefined, ours: FileEntry, theirs: FileEntry): FileEntry['kind'] {
  if (ours.kind === theirs.kind) return ours.kind
  if (base === undefined) return 'executable'
  return ours.kind === base.kind ? theirs.kind : ours.kind
}
