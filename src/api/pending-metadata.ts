// The edits of metadata that wait for a commit, as verbs that move the working directory to another tree keep them, give
// them up or lay them over a tree. Format: spec/20-metadata.md, "Pending"
import { type ManifestId, sameId } from '../hash/index.js'
import { summarize } from '../manifest/index.js'
import { carryOver, keepMetadataOfRenamed, layOver, type Renamed, withoutPaths } from '../metadata/index.js'
import type { ObjectReader, StoreWriter } from '../store/index.js'
import { type BaseManifest, readPendingMetadata, wouldOverwrite } from '../workspace/index.js'
import type { Context } from './context.js'
import type { MetadataDropped } from './meta-results.js'
import type { MetadataStep } from './perform.js'
import { writeNodes } from './publish.js'

export interface CarryPlan {
  from: BaseManifest
  to: BaseManifest
  /** Gives up what is in the way; the operation remembers it. Absent where the verb has no such option. */
  force?: boolean
  /** For messages: 'The checkout'. */
  what: string
}

/** What a checkout of another tree makes of the pending edits; undefined: there are none. Throws DV_WOULD_OVERWRITE. */
export async function carryMetadata(context: Context, plan: CarryPlan): Promise<MetadataStep | undefined> {
  const before = readPendingMetadata(context.workdir)?.edits
  if (!before) return undefined
  const { from, to, force, what } = plan
  if (from && to && sameId(from, to)) return undefined
  const carry = (nodes: StoreWriter) => carryOver(nodes, { pending: before, from, to })
  const { pending, inTheWay } = await writeNodes(context, carry)
  if (inTheWay.length > 0 && !force) throw wouldOverwrite(inTheWay, { what, canForce: force !== undefined })
  return { before, after: pending, over: to }
}

export interface Recording {
  /** What files that are only called otherwise took along; absent: nothing. */
  renamed: Renamed | undefined
  /** What was set of paths that are neither there nor were: nothing is kept of it. */
  dropped: MetadataDropped
  /** Directories that have an entry of their own now, because of their metadata. */
  directories: string[]
  /** The tree with the edits, and what is left of them. */
  manifest: ManifestId
  step: MetadataStep | undefined
}

export interface ToRecord {
  nodes: StoreWriter
  /** Undefined: all paths. */
  matches: ((path: string) => boolean) | undefined
  /** The tree that was recorded before; undefined: there was none. */
  base: ManifestId | undefined
  /** Whether files may have been renamed since. */
  mayBeRenamed: boolean
}

/** Makes renamed files keep their metadata, and lays the pending edits over a tree that is to be committed: what somebody set
 * at a new path wins. */
export async function recordMetadata(
  { workdir, storage }: Context,
  tree: ManifestId,
  { nodes, matches, base, mayBeRenamed }: ToRecord,
): Promise<Recording> {
  const before = readPendingMetadata(workdir)?.edits
  const temporaryPath = () => storage.temporaryPath()
  const options = base && mayBeRenamed && { before: base, after: tree, pending: before, temporaryPath }
  const renamed = options ? await keepMetadataOfRenamed(nodes, options) : undefined
  const kept = renamed?.manifest ?? tree
  const directories = renamed?.directories ?? []
  const dropped: MetadataDropped = { count: 0, examples: [] }
  if (!before) return { manifest: kept, step: undefined, renamed, directories, dropped }
  const absent: string[] = []
  const onDirectory = (path: string) => void directories.push(path)
  const onAbsent = (path: string) => void absent.push(path)
  const asked = { pending: before, onDirectory, onAbsent, ...(matches && { matches }) }
  const manifest = await layOver(nodes, kept, asked)
  for (const path of absent) if (!base || !(await isIn(nodes, base, path))) noteDropped(dropped, path)
  const after = matches && (await withoutPaths(nodes, before, matches))
  return { manifest, step: { before, after, over: manifest }, renamed, directories, dropped }
}

const EXAMPLES = 10

function noteDropped(dropped: MetadataDropped, path: string): void {
  dropped.count++
  if (dropped.examples.length < EXAMPLES) dropped.examples.push(path)
}

async function isIn(reader: ObjectReader, tree: ManifestId, path: string): Promise<boolean> {
  return (await summarize(reader, tree, path)).entries > 0
}
