// The tree that two commits are merged against. Where histories cross (each side merged the other's earlier state),
// there are several best common ancestors; any one of them would bring back changes that were settled long ago. As in
// git's recursive merge, they are merged with each other into a virtual base, whose own base is found the same way.
// Where the ancestors conflict, the virtual base has what their base had: both sides then count as changed there,
// which at worst asks a question that could have been answered, and never answers one wrongly.
import type { CommitId, ManifestId } from '../hash/index.js'
import { mergeBases, readCommit } from '../history/index.js'
import { type Edit, editManifest, emptyManifest } from '../manifest/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectWriter } from '../store/index.js'
import { type MergeStep, planMerge } from './plan.js'

export interface MergeBase {
  /** All best common ancestors, newest first; none when the histories are unrelated. */
  commits: CommitId[]
  /** The tree to merge against; absent when there is none. */
  manifest?: ManifestId
  /** Whether the tree was made from several. */
  virtual: boolean
}

/** Crossings of crossings beyond this are not resolved: the newest ancestor serves as base. */
const DEPTH_MAX = 8

export interface MergeBaseOptions {
  /** Counts as if ours had it in its history. */
  also?: CommitId
  depth?: number
}

/** What to merge `theirs` into `ours` against. Writes the virtual tree, if one is needed. */
export async function findMergeBase(
  writer: ObjectWriter,
  ours: CommitId,
  theirs: CommitId,
  { also, depth = 0 }: MergeBaseOptions = {},
): Promise<MergeBase> {
  const commits = await mergeBases(writer, ours, theirs, also ? [also] : [])
  const [first, ...others] = commits
  if (first === undefined) return { commits, virtual: false }
  let manifest = (await readCommit(writer, first)).manifest
  if (others.length === 0 || depth >= DEPTH_MAX) return { commits, manifest, virtual: false }
  for (const other of others) {
    const below = await findMergeBase(writer, first, other, { depth: depth + 1 })
    const base = below.manifest ?? (await emptyManifest(writer))
    const theirTree = (await readCommit(writer, other)).manifest
    const plan = planMerge(writer, { base, ours: manifest, theirs: theirTree })
    manifest = await editManifest(writer, manifest, cautiousEdits(plan))
  }
  return { commits, manifest, virtual: true }
}

async function* cautiousEdits(plan: AsyncIterable<MergeStep[]>): AsyncGenerator<Edit[], void, undefined> {
  for await (const steps of plan) {
    yield steps.map((step): Edit => [step.path, cautious(step)])
  }
}

/** The base's entry where the ancestors conflict, except where a side made it a directory: it may have children. */
function cautious(step: MergeStep): Entry | undefined {
  if (step.kind === 'take' || step.kind === 'file-directory') return step.entry
  const directory = [step.ours, step.theirs].find((entry) => entry?.kind === 'directory')
  return directory ?? step.base
}
