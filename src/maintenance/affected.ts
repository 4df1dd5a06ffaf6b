// Which commits and paths can no longer be read because of what was found. Only walked when there are problems; what
// was found to be whole is not walked again, and it ends when enough is known of every problem.
import { type ChunkId, type Id, type ManifestId, type RecipeId, toHex } from '../hash/index.js'
import { type PathEntry, surveyManifest } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import { decodeRecipeNode, recipeChild } from '../recipe/index.js'
import type { Check } from './check.js'
import { eachCommit } from './check-objects.js'
import { IdSet } from './id-set.js'
import { addReached, asFinding, type Reached, REACHES_MAX } from './problems.js'
import type { Roots } from './roots.js'

export async function findAffected(check: Check, roots: Roots): Promise<void> {
  if (check.problems.size === 0) return
  const search: Search = { check, whole: new IdSet(), hits: 0, commit: '' }
  let done = 0
  for await (const { id, commit } of eachCommit(check, roots)) {
    check.onProgress({ phase: 'finding what is affected', done: done++, unit: 'objects' })
    await searchManifest(search, commit.manifest, toHex(id))
    if (isEnough(check)) return
  }
  for (const { id, operation } of roots.manifests) await searchManifest(search, id, operation)
}

/** Whether no problem has room for more. One that reaches nothing keeps the search going, over what is not whole. */
function isEnough({ problems }: Check): boolean {
  return problems.list().every(({ reaches }) => reaches.length >= REACHES_MAX)
}

interface Search {
  check: Check
  /** Nodes and recipes below which nothing is left to be found. */
  whole: IdSet
  /** Findings so far that count. */
  hits: number
  commit: string
}

async function searchManifest(search: Search, root: ManifestId, commit: string): Promise<void> {
  const { check, whole } = search
  search.commit = commit
  const hitsAtEntry: number[] = []
  await surveyManifest(check.store, root, {
    enter: (id) => {
      if (whole.has(id)) return false
      hitsAtEntry.push(search.hits)
      return true
    },
    leaf: (entries) => searchEntries(search, entries),
    damage: async (id, _error, folder) => {
      hitsAtEntry.pop()
      await hit(search, id, folder === '' ? undefined : folder)
    },
    misplaced: () => {},
    leave: (id) => {
      if (hitsAtEntry.pop() === search.hits) whole.add(id)
    },
  })
}

/** Records that `path` needs this item, if the item is lost. Returns whether it is. */
async function hit(search: Search, id: Id, path: string | undefined): Promise<boolean> {
  const problems = await search.check.culprits(id)
  const reached: Reached = { commit: search.commit, ...(path !== undefined && { path }) }
  for (const problem of problems) if (addReached(problem, reached)) search.hits++
  return problems.length > 0
}

async function searchEntries(search: Search, entries: readonly PathEntry[]): Promise<void> {
  for (const [path, entry] of entries) {
    await search.check.step()
    if (entry.metadata?.form === 'value') await hit(search, entry.metadata.id, path)
    if (!isFile(entry) || entry.size === 0 || search.check.isHole(entry)) continue
    const { recipe } = entry
    if (recipe.form === 'tree') await searchRecipe(search, recipe.root, path)
    else if (recipe.form === 'whole') await hit(search, entry.content as Uint8Array as ChunkId, path)
    else for (const { id } of recipe.chunks) await hit(search, id, path)
  }
}

async function searchRecipe(search: Search, root: RecipeId, path: string): Promise<void> {
  if (search.whole.has(root)) return
  const before = search.hits
  if (!(await hit(search, root, path))) await searchRecipeChildren(search, root, path)
  if (search.hits === before) search.whole.add(root)
}

async function searchRecipeChildren(search: Search, id: RecipeId, path: string): Promise<void> {
  try {
    const node = decodeRecipeNode(await search.check.store.readObject('recipe', id))
    for (let i = 0; i < node.count; i++) {
      const child = Buffer.from(recipeChild(node, i))
      if (node.level > 0) await searchRecipe(search, child as RecipeId, path)
      else await hit(search, child as ChunkId, path)
    }
  } catch (error) {
    // It was reported when it was first read.
    asFinding(error)
  }
}
