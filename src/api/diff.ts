// dv diff: two commits, or a commit and the working directory.
import { DvError } from '../base/index.js'
import { type CommitId, type ManifestId, toHex } from '../hash/index.js'
import { mergeBases } from '../history/index.js'
import { type Context, currentHead, manifestOf } from './context.js'
import { treeRecords } from './diff-trees.js'
import { workdirRecords } from './diff-workdir.js'
import { pathScope, requirePaths } from './pathspec.js'
import { short } from './present.js'
import { resolve } from './revisions.js'
import type { DiffRecord, DiffSide } from './results.js'
import type { DiffOptions } from './types.js'

export async function* diff(context: Context, options: DiffOptions): AsyncGenerator<DiffRecord> {
  const scope = pathScope(context, options.paths)
  const from = await oldSide(context, options)
  const to = options.to === undefined ? undefined : await namedSide(context, options.to)
  const workdir = to === undefined
  await requirePaths(context, options.paths, { manifests: [from.manifest, to?.manifest], workdir })
  yield { type: 'diff', from: from.shown, to: to?.shown ?? { name: 'working directory' } }
  const fixed = { ...options, scope }
  if (to) yield* treeRecords(context, [from.manifest, to.manifest], fixed)
  else yield* workdirRecords(context, from.manifest, fixed)
}

interface Side {
  shown: DiffSide
  /** Absent before the first commit. */
  manifest: ManifestId | undefined
}

async function namedSide(context: Context, text: string): Promise<Side> {
  return sideOf(context, text, (await resolve(context, text)).commit)
}

async function sideOf(context: Context, name: string, commit: CommitId): Promise<Side> {
  return { shown: { name, commit: toHex(commit) }, manifest: await manifestOf(context, commit) }
}

async function oldSide(context: Context, { from, to, mergeBase }: DiffOptions): Promise<Side> {
  if (mergeBase) return baseSide(context, from ?? 'HEAD', to ?? 'HEAD')
  if (from !== undefined) return namedSide(context, from)
  const { commit } = await currentHead(context)
  return commit ? sideOf(context, 'HEAD', commit) : { shown: { name: 'HEAD' }, manifest: undefined }
}

/** Of several merge bases the newest. */
async function baseSide(context: Context, a: string, b: string): Promise<Side> {
  const [ours, theirs] = [(await resolve(context, a)).commit, (await resolve(context, b)).commit]
  const [base] = await mergeBases(context.store, ours, theirs)
  if (base) return sideOf(context, short(base), base)
  throw new DvError('DV_UNRELATED_HISTORIES', `'${a}' and '${b}' have no common ancestor`, {
    data: { from: a, to: b },
    hint: `compare the two themselves: dv diff ${a} ${b}`,
  })
}
