// dv log: commits, newest first, read no further than is asked for.
import { addToSummary, diffTrees, emptySummary } from '../diff/index.js'
import { type CommitId, idKey, toHex } from '../hash/index.js'
import {
  CLOCK_SLACK,
  distinctIds,
  isRange,
  mergeBases,
  parseRange,
  readParent,
  resolveRevision,
  type WalkedCommit,
  walkCommits,
} from '../history/index.js'
import { summarize } from '../manifest/index.js'
import type { Commit } from '../objects/index.js'
import { listRefs } from '../refs/index.js'
import { type Promises, readPromises } from '../store/index.js'
import { currentHead, manifestOf, type StoreView } from './context.js'
import { refLabels } from './labels.js'
import { walkPathLog } from './path-log.js'
import { type PathScope, pathScope, requirePaths } from './pathspec.js'
import { commitInfo } from './present.js'
import { NAMING_KINDS, resolve, revisionContext } from './revisions.js'
import type { ChangeSums, LogEntry } from './results.js'
import { allOfOne, type Stores } from './stores.js'
import type { LogOptions } from './types.js'

export async function* log(stores: Stores, options: LogOptions): AsyncGenerator<LogEntry> {
  const { limit = Infinity, until = Infinity } = options
  const { view, texts } = await allOfOne(stores, options.revisions)
  const selection = await select(view, { texts, all: options.all })
  const scope = pathScope(view, options.paths)
  if (limit <= 0) return
  const labels = await refLabels(view)
  const ends = await historyEnds(view)
  const checksOf = options.checks ? await (await import('./check-notes.js')).notesOf(view) : undefined
  let given = 0
  for await (const { id, commit } of walk(view, selection, { scope, options })) {
    options.signal?.throwIfAborted()
    if (commit.committer.time > until) continue
    const changes = options.changes && { changes: await changesOf(view, commit, scope) }
    const checks = checksOf && { checks: await checksOf(id) }
    yield { ...commitInfo(id, commit, labels.get(idKey(id))), ...changes, ...checks, ...ends(commit) }
    if (++given >= limit) return
  }
  if (given === 0) await requireKnownPaths(view, selection, options.paths)
}

/** Says of a commit whether history ends with it, because a remote kept what lies before. */
async function historyEnds({ storage, workdir }: StoreView) {
  const promises: Promises = workdir ? await readPromises(storage) : new Map()
  return ({ parents }: Commit): Pick<LogEntry, 'historyAt'> => {
    const hex = parents.map(toHex)
    for (const [name, { commits }] of promises)
      if (hex.some((id) => commits.has(id))) return { historyAt: name }
    return {}
  }
}

/** Commits not older than `since`; paths count where there are any. */
async function* walk(
  view: StoreView,
  { tips, excluding }: Selection,
  { scope, options }: { scope: PathScope; options: LogOptions },
): AsyncGenerator<WalkedCommit> {
  const { since = -Infinity, topological, signal } = options
  const commits = scope.filter
    ? walkPathLog(view, tips, { scope, excluding, topological, ...(signal && { signal }) })
    : walkCommits(view.store, tips, { excluding, order: topological ? 'topological' : 'date' })
  for await (const item of commits) {
    const { time } = item.commit.committer
    // By date, nothing younger follows but where a clock was wrong.
    if (!topological && time < since - CLOCK_SLACK) return
    if (time >= since) yield item
  }
}

interface Selection {
  tips: CommitId[]
  excluding: CommitId[]
}

async function select(
  view: StoreView,
  { texts, all }: { texts: readonly string[]; all: boolean },
): Promise<Selection> {
  const selection: Selection = { tips: [], excluding: [] }
  if (all) await addAll(view, selection)
  for (const text of texts) await addTyped(view, selection, text)
  if (selection.tips.length === 0 && !all) selection.tips.push((await resolve(view, 'HEAD')).commit)
  return { tips: distinctIds(selection.tips), excluding: distinctIds(selection.excluding) }
}

async function addAll(view: StoreView, { tips }: Selection): Promise<void> {
  const { commit } = await currentHead(view)
  if (commit) tips.push(commit)
  for (const kind of NAMING_KINDS) {
    for (const { value } of await listRefs(view.storage, kind)) tips.push(value.target)
  }
}

/** 'a', '^a', 'a..b', 'a...b'. */
async function addTyped(view: StoreView, { tips, excluding }: Selection, text: string): Promise<void> {
  if (text.startsWith('^')) {
    excluding.push((await resolve(view, text.slice(1))).commit)
    return
  }
  const parsed = parseRange(text)
  if (!isRange(parsed)) {
    tips.push((await resolve(view, text)).commit)
    return
  }
  const revisions = revisionContext(view)
  const from = (await resolveRevision(parsed.from, revisions)).commit
  const to = (await resolveRevision(parsed.to, revisions)).commit
  tips.push(to)
  if (parsed.kind === 'difference') excluding.push(from)
  else {
    tips.push(from)
    excluding.push(...(await mergeBases(view.store, from, to)))
  }
}

/** What a commit changed against its first parent, within the paths asked for. Renames count as added and deleted. */
async function changesOf(
  { store }: StoreView,
  { manifest, parents }: Commit,
  { filter, prefix }: PathScope,
): Promise<ChangeSums> {
  const parent = parents[0] && (await readParent(store, parents[0]))
  if (!parent && !filter) {
    const { entries, bytes } = await summarize(store, manifest)
    return { added: entries, modified: 0, deleted: 0, renamed: 0, bytesAdded: bytes, bytesRemoved: 0 }
  }
  const before = parent?.manifest
  const { changes } = diffTrees(store, [before, manifest], {
    renames: false,
    ...(filter && { matches: (path: string) => filter.matches(path) }),
    ...(prefix !== undefined && { prefix }),
  })
  const summary = emptySummary()
  for await (const batch of changes) for (const change of batch) addToSummary(summary, change)
  const { added, deleted, renamed, bytesAdded, bytesRemoved } = summary
  const modified = summary.modified + summary.typechange + summary.metadata
  return { added, modified, deleted, renamed, bytesAdded, bytesRemoved }
}

/** An empty answer for a mistyped path would mislead. What once was and is gone has commits to show. */
async function requireKnownPaths(
  view: StoreView,
  { tips, excluding }: Selection,
  paths: readonly string[],
): Promise<void> {
  if (paths.length === 0) return
  const manifests = await Promise.all([...excluding, ...tips].map((id) => manifestOf(view, id)))
  await requirePaths(view, paths, { manifests })
}
