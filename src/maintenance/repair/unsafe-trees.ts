// Trees of a store that is not trusted, of which parts are lost: what can be read of them is held against the rules for
// trees, as a whole one is when it is fetched.
import { corrupt, isDvError, isLoss } from '../../base/index.js'
import { idKey, type ManifestId, type ObjectKind, type Id, type RecipeId } from '../../hash/index.js'
import { type PathEntry, surveyManifest } from '../../manifest/index.js'
import { isFile } from '../../objects/index.js'
import { checkRecipe, decodeRecipeNode, recipeChild } from '../../recipe/index.js'
import type { ObjectReader, ObjectStore, Purged } from '../../store/index.js'
import { claimed } from '../check-objects.js'
import { IdSet } from '../id-set.js'

/** Throws what `checkPath` throws for a path, and DV_CORRUPT for a node that can be read and is wrong. */
export async function refuseUnsafe(
  reader: ObjectReader,
  manifests: readonly ManifestId[],
  checkPath: (path: string) => void,
): Promise<void> {
  const check: Check = { reader, checkPath, recipes: new IdSet(), purged: await reader.purged() }
  const seen = new IdSet()
  for (const manifest of manifests) {
    await surveyManifest(reader, manifest, {
      enter: (id, claim) => seen.add(claimed(id, claim)),
      leaf: (entries) => checkEntries(check, entries),
      async damage(id, error) {
        if (await canBeRead(reader, 'manifest', id)) throw error
      },
      misplaced(path, reason) {
        throw corrupt(`The manifest is damaged at '${path}': ${reason}`, { path })
      },
      leave: () => {},
    })
  }
}

/** Reads what any of some stores has. */
export function eitherReader(stores: readonly ObjectStore[]): ObjectReader {
  const [first] = stores
  const attempt = async <T>(read: (store: ObjectStore) => Promise<T>): Promise<T> => {
    let failure: unknown
    for (const store of stores) {
      try {
        return await read(store)
      } catch (error) {
        if (!isGone(error)) throw error
        failure ??= error
      }
    }
    throw failure
  }
  return {
    readObject: (kind, id) => attempt((store) => store.readObject(kind, id)),
    readChunk: (id) => attempt((store) => store.readChunk(id)),
    purged: () => first!.purged(),
    async has(id) {
      for (const store of stores) if (await store.has(id)) return true
      return false
    },
  }
}

interface Check {
  reader: ObjectReader
  checkPath: (path: string) => void
  recipes: IdSet
  purged: Purged
}

async function checkEntries(check: Check, entries: readonly PathEntry[]): Promise<void> {
  for (const [path, entry] of entries) {
    check.checkPath(path)
    if (!isFile(entry) || entry.recipe.form !== 'tree' || check.purged.has(entry.content)) continue
    const { root } = entry.recipe
    if (!check.recipes.add(claimed(root, `${entry.size}`))) continue
    try {
      await checkRecipe(check.reader, root, { size: entry.size })
    } catch (error) {
      if (!isGone(error)) throw error
      // Nobody can write a file of which a part of the recipe is lost.
      if (await isWhole(check.reader, root)) throw error
    }
  }
}

/** Whether all nodes of a recipe can be read, whatever they say. */
async function isWhole(reader: ObjectReader, root: RecipeId): Promise<boolean> {
  const seen = new Set<string>()
  const waiting = [root]
  for (let id = waiting.pop(); id; id = waiting.pop()) {
    if (seen.size === seen.add(idKey(id)).size) continue
    if (!(await canBeRead(reader, 'recipe', id))) return false
    const node = decodeRecipeNode(await reader.readObject('recipe', id))
    for (let i = 0; node.level > 0 && i < node.count; i++)
      waiting.push(Buffer.from(recipeChild(node, i)) as never)
  }
  return true
}

async function canBeRead<K extends ObjectKind>(reader: ObjectReader, kind: K, id: Id<K>): Promise<boolean> {
  try {
    await reader.readObject(kind, id)
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

function isGone(error: unknown): boolean {
  return isLoss(error) || isDvError(error, 'DV_ABSENT') || isDvError(error, 'DV_NOT_FOUND')
}
