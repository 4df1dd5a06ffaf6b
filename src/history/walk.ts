import { type CommitId, idKey } from '../hash/index.js'
import type { Commit } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { distinctIds, readCommit, readParent } from './commits.js'
import { CLOCK_SLACK } from './merge-base.js'
import { BOTH, LEFT, paint } from './paint.js'
import { PriorityQueue } from './queue.js'

export interface WalkedCommit {
  id: CommitId
  commit: Commit
}

export interface WalkOptions {
  /** `date`: newest first, reading no further than is asked for; a child comes before its parents unless committers'
   * clocks contradict that. With `excluding`, always right.
   * `topological`: a child always comes before its parents, and lines of history are kept together, as a graph needs
   * it; all of the history is read before the first. Default `date`. */
  order?: 'date' | 'topological'
  /** At most this many commits. */
  limit?: number
  /** Follow only the first parent of each commit. */
  firstParent?: boolean
  /** Leave out these commits and all their ancestors. */
  excluding?: readonly CommitId[]
  /** Called for parents that only a remote has: history ends before them. */
  onAbsent?: (id: CommitId) => void
}

/** The commits that can be reached from `tips`, each once. */
export async function* walkCommits(
  reader: ObjectReader,
  tips: readonly CommitId[],
  options: WalkOptions = {},
): AsyncGenerator<WalkedCommit, void, undefined> {
  const limit = options.limit ?? Number.POSITIVE_INFINITY
  if (limit <= 0) return
  let given = 0
  for await (const item of ordered(reader, tips, options)) {
    yield item
    if (++given >= limit) return
  }
}

async function* ordered(
  reader: ObjectReader,
  tips: readonly CommitId[],
  options: WalkOptions,
): AsyncGenerator<WalkedCommit, void, undefined> {
  const excluding = options.excluding ?? []
  const firstParent = options.firstParent ?? false
  if (excluding.length === 0 && options.order !== 'topological') {
    yield* byDate(reader, tips, { ...options, firstParent })
    return
  }
  const painted = await paint(reader, {
    left: tips,
    right: excluding,
    slack: CLOCK_SLACK,
    firstParent,
    ...(options.onAbsent && { onAbsent: options.onAbsent }),
  })
  const wanted = [...painted.values()].filter(({ colours }) => (colours & BOTH) === LEFT)
  yield* childrenFirst(wanted, firstParent, options.order ?? 'date')
}

async function* byDate(
  reader: ObjectReader,
  tips: readonly CommitId[],
  { firstParent, onAbsent }: { firstParent: boolean; onAbsent?: (id: CommitId) => void },
): AsyncGenerator<WalkedCommit, void, undefined> {
  const queue = newQueue()
  const seen = new Set<string>()
  for (const id of distinctIds(tips)) {
    seen.add(idKey(id))
    queue.push({ id, commit: await readCommit(reader, id) })
  }
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    yield next
    for (const id of followed(next.commit, firstParent)) {
      if (seen.has(idKey(id))) continue
      seen.add(idKey(id))
      const commit = await readParent(reader, id)
      if (commit) queue.push({ id, commit })
      else onAbsent?.(id)
    }
  }
}

/** Gives a commit once all of its children among `commits` have been given. */
function* childrenFirst(
  commits: readonly WalkedCommit[],
  firstParent: boolean,
  order: 'date' | 'topological',
): Generator<WalkedCommit> {
  const waiting = new Map(commits.map((item) => [idKey(item.id), { item, children: 0 }]))
  for (const { commit } of commits) {
    for (const parent of distinctIds(followed(commit, firstParent))) {
      const state = waiting.get(idKey(parent))
      if (state !== undefined) state.children++
    }
  }
  const queue = newQueue()
  for (const { item, children } of waiting.values()) if (children === 0) queue.push(item)
  const ready = order === 'date' ? queue : stackOf(queue)
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    yield next
    for (const parent of distinctIds(followed(next.commit, firstParent))) {
      const state = waiting.get(idKey(parent))
      if (state !== undefined && --state.children === 0) ready.push(state.item)
    }
  }
}

/** What was pushed last comes first: the walk goes down one line of history until a fork holds it up. */
function stackOf(queue: PriorityQueue<WalkedCommit>): WalkedCommit[] {
  const newestFirst: WalkedCommit[] = []
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) newestFirst.push(next)
  return newestFirst.reverse()
}

function followed(commit: Commit, firstParent: boolean): readonly CommitId[] {
  return firstParent ? commit.parents.slice(0, 1) : commit.parents
}

function newQueue(): PriorityQueue<WalkedCommit> {
  return new PriorityQueue((a, b) => a.commit.committer.time > b.commit.committer.time)
}
