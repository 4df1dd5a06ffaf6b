// Everything that can be reached: commits, manifests, recipes and values are read and decoded, chunks must be in the
// index with the length that is asked of them. What was seen is not looked at again.
import { corrupt, DvError, isDvError } from '../base/index.js'
import {
  type ChunkId,
  type CommitId,
  hashChunk,
  type Id,
  type ManifestId,
  type RecipeId,
  type ValueId,
} from '../hash/index.js'
import { readCommit } from '../history/index.js'
import { decodeValue, type PathEntry, surveyManifest } from '../manifest/index.js'
import { type Commit, type FileEntry, isFile } from '../objects/index.js'
import { decodeRecipeNode, recipeChild } from '../recipe/index.js'
import { toHex } from '../hash/index.js'
import type { Check } from './check.js'
import { checkContent } from './check-content.js'
import { IdSet, RecentIds } from './id-set.js'
import { addReached } from './problems.js'
import type { RefName } from '../refs/index.js'
import type { CommitRoot, Roots } from './roots.js'

/** Why no tree may hold this path; undefined: it may. */
export type PathRule = (path: string) => string | undefined

export async function checkObjects(check: Check, roots: Roots, whyNever: PathRule): Promise<void> {
  const walk: Walk = { check, whyNever, seen: new IdSet(), recent: new RecentIds(), by: '' }
  const commits = new IdSet()
  // First what remotes were seen to have: what they promised is in doubt only where nothing of that needs it.
  for (const doubts of [false, true]) {
    check.absent.doubts = doubts
    const some = doubts ? roots : { commits: seenAt(check.absent.lazy, roots) }
    for await (const { id, commit } of eachCommit(check, some, commits)) {
      check.checked.commits++
      check.onProgress({ phase: 'checking commits', done: check.checked.commits, unit: 'objects' })
      walk.by = toHex(id)
      await checkManifest(walk, commit.manifest)
    }
  }
  for (const { id, operation } of roots.manifests) {
    walk.by = operation
    await checkManifest(walk, id)
  }
}

function seenAt(remotes: readonly string[], { refs }: Roots): CommitRoot[] {
  const isTheirs = (ref: RefName) => remotes.some((name) => ref.startsWith(`refs/remotes/${name}/`))
  return refs
    .filter(({ ref }) => isTheirs(ref))
    .map(({ ref, target }) => ({ id: target, by: `ref '${ref}'` }))
}

/** Each commit that the roots lead to, once, but those `seen`; those that cannot be read are reported. */
export async function* eachCommit(
  check: Check,
  { commits }: Pick<Roots, 'commits'>,
  seen = new IdSet(),
): AsyncGenerator<{ id: CommitId; commit: Commit }> {
  const waiting = [...commits].reverse()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { id, by } = next
    if (!seen.add(id)) continue
    await check.step()
    try {
      const commit = await readCommit(check.store, id)
      yield { id, commit }
      const child = `commit '${toHex(id)}'`
      for (const parent of commit.parents) if (!seen.has(parent)) waiting.push({ id: parent, by: child })
    } catch (error) {
      await check.fail('commit', id, error, by)
      if (isDvError(error, 'DV_ABSENT')) continue
      for (const problem of await check.culprits(id)) addReached(problem, { commit: toHex(id) })
    }
  }
}

interface Walk {
  check: Check
  whyNever: PathRule
  /** Nodes, values and recipes that were looked at, each with what was said of it. */
  seen: IdSet
  recent: RecentIds
  /** What is being walked: a commit in hex, or an operation. */
  by: string
}

async function checkManifest(walk: Walk, root: ManifestId): Promise<void> {
  const { check, seen, by } = walk
  await surveyManifest(check.store, root, {
    enter: (id, claim) => seen.add(claimed(id, claim)),
    leaf: (entries) => checkEntries(walk, entries),
    damage: (id, error) => check.fail('manifest', id, error),
    misplaced: (path, reason) => failPath(check, path, { reason, by }),
    leave: () => {},
  })
}

function failPath(check: Check, path: string, { reason, by }: { reason: string; by: string }): void {
  const problem = check.problems.add({
    kind: 'damaged',
    object: 'path',
    name: path,
    what: `It is unsafe: ${reason}`,
  })
  addReached(problem, { commit: by, path })
}

/** An id together with what is said of it: said otherwise, it is looked at again. */
export function claimed(id: Id, claim: string): Id {
  return claim === '' ? id : hashChunk(Buffer.concat([id, Buffer.from(claim, 'latin1')]))
}

async function checkEntries(walk: Walk, entries: readonly PathEntry[]): Promise<void> {
  const { check, whyNever, by } = walk
  for (const [path, entry] of entries) {
    const reason = whyNever(path)
    if (reason !== undefined) failPath(check, path, { reason, by })
    if (entry.metadata?.form === 'value') await checkValue(walk, entry.metadata.id)
    if (isFile(entry) && !check.isHole(entry)) await checkFile(walk, path, entry)
    await check.step()
  }
}

async function checkValue({ check, seen }: Walk, id: ValueId): Promise<void> {
  if (!seen.add(id)) return
  try {
    decodeValue(await check.store.readObject('value', id))
  } catch (error) {
    await check.fail('value', id, error)
  }
}

async function checkFile(walk: Walk, path: string, file: FileEntry): Promise<void> {
  const { size, content, recipe } = file
  if (recipe.form === 'tree') await checkRecipe(walk, { id: recipe.root, bytes: size })
  else if (recipe.form === 'inline')
    for (const { id, length } of recipe.chunks) await checkChunk(walk, id, length)
  else if (size > 0) await checkChunk(walk, content as Uint8Array as ChunkId, size)
  const { check, seen, by } = walk
  if (recipe.form === 'whole' || !check.readsAll) return
  if (seen.add(claimed(content, `is ${recipeText(recipe)}`))) await checkContent(check, file, { path, by })
}

/** Another text for each way to make a file. */
function recipeText(recipe: Exclude<FileEntry['recipe'], { form: 'whole' }>): string {
  return recipe.form === 'tree' ? toHex(recipe.root) : recipe.chunks.map(({ id }) => toHex(id)).join(' ')
}

/** What the node above says of a recipe node; of a root, only the bytes are known. */
interface RecipeClaim {
  id: RecipeId
  bytes: number
  level?: number
  chunks?: number
}

async function checkRecipe(walk: Walk, root: RecipeClaim): Promise<void> {
  const { check, seen } = walk
  const waiting = [root]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { id, bytes, level, chunks } = next
    if (!seen.add(claimed(id, `${level} ${bytes} ${chunks}`))) continue
    await check.step()
    try {
      const node = decodeRecipeNode(await check.store.readObject('recipe', id))
      if (
        node.bytes !== bytes ||
        (level ?? node.level) !== node.level ||
        (chunks ?? node.chunks) !== node.chunks
      )
        throw corrupt(
          `It stands for ${node.bytes} bytes in ${node.chunks} chunks, where ${bytes} bytes are wanted`,
        )
      if (level === undefined && node.level > 0 && node.count === 1)
        throw corrupt('It is a root with a single child')
      for (let i = node.count - 1; i >= 0; i--) {
        const child = Buffer.from(recipeChild(node, i))
        if (node.level === 0) await checkChunk(walk, child as ChunkId, node.lengths[i]!)
        else
          waiting.push({
            id: child as RecipeId,
            bytes: node.lengths[i]!,
            level: node.level - 1,
            chunks: node.counts[i]!,
          })
      }
    } catch (error) {
      await check.fail('recipe', id, error)
    }
  }
}

async function checkChunk({ check, recent }: Walk, id: ChunkId, length: number): Promise<void> {
  if (recent.touch(id)) return
  const rows = await check.rowsOf(id)
  if (check.absent.takes('chunk', id, rows)) return
  if (check.absent.isLost(id, rows)) return check.fail('chunk', id, missing())
  if (rows.some((row) => row.length === length)) return
  const error =
    rows.length === 0 ? missing() : corrupt(`The index gives it ${rows[0]!.length} bytes, not ${length}`)
  await check.fail('chunk', id, error)
}

function missing(): DvError {
  return new DvError('DV_MISSING_OBJECT', 'A recipe names it, and no pack has it')
}
