// The one walk that everything comparing two histories rests on. Commits of the left tips are painted LEFT, those of
// the right tips RIGHT, newest first, and colours run down to parents. A commit of both colours is common; what lies
// below a common commit is STALE: common as well, but no *best* common ancestor by itself.
//
// What holds, whatever the clocks of the committers said:
//   1. When only stale commits are left in the queue, every commit that is not below a common one has been seen
//      through all of its uncommon children, so each best common ancestor has got both colours (its whole path
//      from either side consists of uncommon commits).
//   2. A commit of one colour may still prove common through a stale path if clocks were wrong. Callers that count
//      or list such commits pass `slack`: the walk then goes on until the stale rest is older than all of them by
//      that much.
import { type CommitId, idKey } from '../hash/index.js'
import type { Commit } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { distinctIds, readCommit, readParent } from './commits.js'
import { PriorityQueue } from './queue.js'

export const LEFT = 1
export const RIGHT = 2
export const STALE = 4
export const BOTH = LEFT | RIGHT

export interface Painted {
  id: CommitId
  commit: Commit
  colours: number
}

export interface PaintOptions {
  left: readonly CommitId[]
  right: readonly CommitId[]
  /** Milliseconds by which committers' clocks may be wrong; undefined when only common commits matter. */
  slack?: number
  /** Called for parents that only a remote has: history ends before them. */
  onAbsent?: (id: CommitId) => void
  /** Follow only the first parent of commits that are LEFT alone. */
  firstParent?: boolean
}

interface State {
  seen: Map<string, Painted>
  queue: PriorityQueue<Painted>
  /** The queue's items; each stands there once. */
  queued: Set<Painted>
  /** How many of them are not stale. */
  fresh: number
  onAbsent: (id: CommitId) => void
}

/** All commits the walk met, by id key. */
export async function paint(reader: ObjectReader, options: PaintOptions): Promise<Map<string, Painted>> {
  const state: State = {
    seen: new Map(),
    queue: new PriorityQueue<Painted>((a, b) => a.commit.committer.time > b.commit.committer.time),
    fresh: 0,
    queued: new Set(),
    onAbsent: options.onAbsent ?? (() => {}),
  }
  for (const id of distinctIds(options.left)) await paintTip(reader, state, id, LEFT)
  for (const id of distinctIds(options.right)) await paintTip(reader, state, id, RIGHT)
  let oldest = Number.POSITIVE_INFINITY
  while (state.queue.size > 0) {
    const rest = state.queue.peek()!
    if (state.fresh === 0) {
      if (options.slack === undefined || rest.commit.committer.time < oldest - options.slack) break
    }
    take(state)
    const common = (rest.colours & BOTH) === BOTH
    if (!common) oldest = Math.min(oldest, rest.commit.committer.time)
    const onlyFirst = options.firstParent === true && rest.colours === LEFT
    const parents = onlyFirst ? rest.commit.parents.slice(0, 1) : rest.commit.parents
    for (const parent of parents)
      await paintParent(reader, state, parent, rest.colours | (common ? STALE : 0))
  }
  return state.seen
}

async function paintTip(reader: ObjectReader, state: State, id: CommitId, colours: number): Promise<void> {
  const known = state.seen.get(idKey(id))
  colour(state, known ?? add(state, id, await readCommit(reader, id)), colours)
}

async function paintParent(reader: ObjectReader, state: State, id: CommitId, colours: number): Promise<void> {
  const known = state.seen.get(idKey(id))
  if (known) return colour(state, known, colours)
  const commit = await readParent(reader, id)
  if (commit) colour(state, add(state, id, commit), colours)
  else state.onAbsent(id)
}

function add(state: State, id: CommitId, commit: Commit): Painted {
  const painted = { id, commit, colours: 0 }
  state.seen.set(idKey(id), painted)
  return painted
}

function colour(state: State, painted: Painted, colours: number): void {
  const next = painted.colours | colours
  if (next === painted.colours) return
  const waiting = state.queued.has(painted)
  // A commit that turns stale while it waits no longer keeps the walk going.
  if (waiting && !(painted.colours & STALE) && next & STALE) state.fresh--
  painted.colours = next
  if (!waiting) {
    state.queue.push(painted)
    state.queued.add(painted)
    if (!(next & STALE)) state.fresh++
  }
}

function take(state: State): void {
  const painted = state.queue.pop()!
  state.queued.delete(painted)
  if (!(painted.colours & STALE)) state.fresh--
}
