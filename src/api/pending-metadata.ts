// The edits of metadata that wait for a commit, as verbs that move the working directory to another tree keep them, give
// them up or lay them over a tree. Format: spec/20-metadata.md, "Pending"
import { type ManifestId, sameId } from '../hash/index.js'
import { carryOver, layOver, withoutPaths } from '../metadata/index.js'
import type { StoreWriter } from '../store/index.js'
import { type BaseManifest, readPendingMetadata, wouldOverwrite } from '../workspace/index.js'
import type { Context } from './context.js'
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
  /** The tree with the edits, and what is left of them. */
  manifest: ManifestId
  step: MetadataStep | undefined
}

/** Lays the pending edits of `matches` (undefined: all of them) over a tree that is to be committed. */
export async function recordMetadata(
  { workdir }: Context,
  tree: ManifestId,
  { nodes, matches }: { nodes: StoreWriter; matches: ((path: string) => boolean) | undefined },
): Promise<Recording> {
  const before = readPendingMetadata(workdir)?.edits
  if (!before) return { manifest: tree, step: undefined }
  const manifest = await layOver(nodes, tree, { pending: before, ...(matches && { matches }) })
  const after = matches && (await withoutPaths(nodes, before, matches))
  return { manifest, step: { before, after, over: manifest } }
}
