// Why something is kept: the way to it from what keeps. The first way that is found, refs before operations.
import { isDvError } from '../../base/index.js'
import type { CommitId, Id, ManifestId, RecipeId } from '../../hash/index.js'
import { readCommit } from '../../history/index.js'
import { type PathEntry, surveyManifest } from '../../manifest/index.js'
import { isFile } from '../../objects/index.js'
import { recipeNodes, recipeChild } from '../../recipe/index.js'
import type { ObjectStore } from '../../store/index.js'
import { IdSet } from '../id-set.js'
import { Problems } from '../problems.js'
import { checkRoots, type OutsideRoots } from '../roots.js'

/** The way to an item: from `by`, over a commit or saved files, to a path in it. */
export interface Way {
  /** A ref, an operation, a working directory. */
  by: string
  commit?: CommitId
  /** How many commits lie between `by` and that one. */
  behind?: number
  path?: string
}

/** Whether an id is the one that is asked for. */
export type IsMeant = (id: Id) => boolean

/** Undefined: nothing leads there. What cannot be read is passed over. */
export async function findWay(
  store: ObjectStore,
  isMeant: IsMeant,
  outside: OutsideRoots,
): Promise<Way | undefined> {
  const search: Search = { store, isMeant, seen: new IdSet() }
  const step = async () => {}
  const roots = await checkRoots({ store, problems: new Problems(), step }, outside)
  // What is outside comes first in the list: a branch says more.
  const commits = [...roots.commits].sort((a, b) => rank(a.by) - rank(b.by))
  for (const { id, by } of roots.tags) if (isMeant(id)) return { by }
  for (const { id, by } of commits) {
    const way = await searchHistory(search, id, by)
    if (way) return way
  }
  for (const { id, operation: by } of roots.manifests) {
    const way = await searchTree(search, id)
    if (way) return { by, ...way }
  }
  return undefined
}

interface Search {
  store: ObjectStore
  isMeant: IsMeant
  /** Commits, nodes and recipes below which it is not. */
  seen: IdSet
}

function rank(by: string): number {
  return by.startsWith('ref ') ? 0 : by.startsWith('operation ') ? 2 : 1
}

async function searchHistory(search: Search, tip: CommitId, by: string): Promise<Way | undefined> {
  const waiting = [{ id: tip, behind: 0 }]
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { id, behind } = next
    if (!search.seen.add(id)) continue
    if (search.isMeant(id)) return { by, commit: id, behind }
    const commit = await attempt(() => readCommit(search.store, id))
    const way = commit && (await searchTree(search, commit.manifest))
    if (way) return { by, commit: id, behind, ...way }
    for (const parent of commit?.parents ?? []) waiting.push({ id: parent, behind: behind + 1 })
  }
  return undefined
}

/** Where in a tree it is; no path: the tree itself, or a node of it. */
async function searchTree(search: Search, root: ManifestId): Promise<{ path?: string } | undefined> {
  let found: { path?: string } | undefined
  await surveyManifest(search.store, root, {
    enter(id) {
      if (!found && search.isMeant(id)) found = {}
      return !found && search.seen.add(id)
    },
    async leaf(entries) {
      for (const entry of entries) {
        if (found) return
        if (await leadsThere(search, entry)) found = { path: entry[0] }
      }
    },
    damage: async () => {},
    misplaced() {},
    leave() {},
  })
  return found
}

async function leadsThere(search: Search, [, entry]: PathEntry): Promise<boolean> {
  const { isMeant } = search
  if (entry.metadata?.form === 'value' && isMeant(entry.metadata.id)) return true
  if (!isFile(entry)) return false
  if (isMeant(entry.content)) return true
  const { recipe } = entry
  if (recipe.form === 'inline') return recipe.chunks.some(({ id }) => isMeant(id))
  return recipe.form === 'tree' && (await attempt(() => searchRecipe(search, recipe.root))) === true
}

async function searchRecipe({ store, isMeant, seen }: Search, root: RecipeId): Promise<boolean> {
  for await (const { id, node } of recipeNodes(store, root, { skip: (one) => !seen.add(one) })) {
    if (isMeant(id)) return true
    for (let i = 0; i < node.count; i++) if (isMeant(recipeChild(node, i) as Id)) return true
  }
  return false
}

async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isDvError(error)) throw error
    return undefined
  }
}
