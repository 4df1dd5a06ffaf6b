// The commits that changed something at given paths. As in git, a merge that took all of it from one parent is left
// out and only that parent is followed: other lines of history did not contribute.
import { type CommitId, idFromKey, idKey, type ManifestId, sameId } from '../hash/index.js'
import { diffTrees } from '../diff/index.js'
import { readCommit, type WalkedCommit, walkCommits } from '../history/index.js'
import type { StoreView } from './context.js'
import type { PathScope } from './pathspec.js'

export interface PathLogOptions {
  scope: PathScope
  excluding: readonly CommitId[]
  topological: boolean
  signal?: AbortSignal
}

/** Those among what can be reached from `tips`, in the order of walkCommits(). With `topological`, parents are the
 * nearest shown ancestors, as a graph of what is left needs it. */
export async function* walkPathLog(
  view: StoreView,
  tips: readonly CommitId[],
  options: PathLogOptions,
): AsyncGenerator<WalkedCommit> {
  const { excluding, topological } = options
  const walk = new Simplification(view, options, tips)
  const order = topological ? 'topological' : 'date'
  const shown: WalkedCommit[] = []
  for await (const item of walkCommits(view.store, tips, { order, excluding })) {
    options.signal?.throwIfAborted()
    const found = await walk.visit(item)
    if (topological) shown.push(...found)
    else yield* found
  }
  for (const { id, commit } of shown)
    yield { id, commit: { ...commit, parents: walk.shownParents(commit.parents) } }
}

/** Decides commit by commit, children before parents but where committers' clocks were wrong. */
class Simplification {
  readonly #view: StoreView
  readonly #options: PathLogOptions
  /** Commits that a followed child leads to. */
  readonly #followed: Set<string>
  /** Commits that came by and that no followed child had led to by then. */
  readonly #passed = new Map<string, WalkedCommit>()
  /** Of a commit that is not shown, the parent that stands for it; undefined: none does. */
  readonly #standIn = new Map<string, string | undefined>()

  constructor(view: StoreView, options: PathLogOptions, tips: readonly CommitId[]) {
    this.#view = view
    this.#options = options
    this.#followed = new Set(tips.map(idKey))
  }

  /** The commits to show now: this one or none, and those it leads to that came by too early. */
  async visit(item: WalkedCommit): Promise<WalkedCommit[]> {
    const shown: WalkedCommit[] = []
    const waiting = [item]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (!this.#followed.has(idKey(next.id))) {
        this.#passed.set(idKey(next.id), next)
        continue
      }
      const same = await this.#sameParent(next.commit)
      if (same === 'none') shown.push(next)
      else this.#standIn.set(idKey(next.id), same && idKey(same))
      waiting.push(...this.#follow(same === 'none' ? next.commit.parents : same ? [same] : []))
    }
    return shown
  }

  /** Returns those that came by already. */
  #follow(parents: readonly CommitId[]): WalkedCommit[] {
    return parents.flatMap((parent) => {
      const key = idKey(parent)
      const early = this.#passed.get(key)
      this.#followed.add(key)
      this.#passed.delete(key)
      return early ? [early] : []
    })
  }

  shownParents(parents: readonly CommitId[]): CommitId[] {
    const keys = parents.map((parent) => this.#shownKey(idKey(parent)))
    return [...new Set(keys.filter((key) => key !== undefined))].map((key) => idFromKey<'commit'>(key))
  }

  #shownKey(key: string): string | undefined {
    let at: string | undefined = key
    while (at !== undefined && this.#standIn.has(at)) at = this.#standIn.get(at)
    return at
  }

  /** The parent that has the same at the paths; undefined for a first commit that has nothing there. */
  async #sameParent({ parents, manifest }: WalkedCommit['commit']): Promise<CommitId | undefined | 'none'> {
    if (parents.length === 0) return (await this.#differs(undefined, manifest)) ? 'none' : undefined
    for (const parent of parents) {
      const before = (await readCommit(this.#view.store, parent)).manifest
      if (!(await this.#differs(before, manifest))) return parent
    }
    return 'none'
  }

  async #differs(before: ManifestId | undefined, after: ManifestId): Promise<boolean> {
    if (before && sameId(before, after)) return false
    const { filter, prefix } = this.#options.scope
    const { changes } = diffTrees(this.#view.store, [before, after], {
      renames: false,
      ...(filter && { matches: (path: string) => filter.matches(path) }),
      ...(prefix !== undefined && { prefix }),
    })
    for await (const batch of changes) if (batch.length > 0) return true
    return false
  }
}
