// What a store keeps alive: refs, operations and what working directories have under way.
import { sameBytes } from '../base/index.js'
import { type CommitId, type ManifestId, type TagId, toHex } from '../hash/index.js'
import { decodeTag } from '../objects/index.js'
import { type RefName, readRef, readRefNames, refFromKey, refKey, REF_NAMES } from '../refs/index.js'
import { type Operation, readOperation, readStoreConfig, type RefState } from '../repo/index.js'
import type { Check } from './check.js'
import { asFinding } from './problems.js'

/** A commit that must be whole. `by` says what needs it, for messages. */
export interface CommitRoot {
  id: CommitId
  by: string
}

/** Files that no commit has: saved by an operation, or of a merge under way. */
export interface ManifestRoot {
  id: ManifestId
  operation: string
}

/** What a store does not know of itself: what working directories have. */
export type OutsideRoots = Pick<Roots, 'commits' | 'manifests'>

/** An annotated tag: of a ref, or of one that an operation changed. */
export interface TagRoot {
  id: TagId
  by: string
}

export interface Roots {
  commits: CommitRoot[]
  refs: { ref: RefName; target: CommitId }[]
  manifests: ManifestRoot[]
  tags: TagRoot[]
}

/** Looks at what a store keeps alive, and reports what is wrong with it. */
export type RootSearch = Pick<Check, 'store' | 'problems' | 'step'>

const OPERATIONS = 'operations/'

/** Checks refs, operations and configuration, and collects what they name. `leftOut`: names of operations that do not
 * count. */
export async function checkRoots(
  check: RootSearch,
  more: OutsideRoots,
  leftOut: ReadonlySet<string> = new Set(),
): Promise<Roots> {
  const { commits, manifests } = more
  const roots: Roots = { commits: [...commits], refs: [], manifests: [...manifests], tags: [] }
  await checkConfig(check)
  await checkRefs(check, roots)
  await checkOperations(check, roots, leftOut)
  return roots
}

async function checkConfig({ store, problems }: RootSearch): Promise<void> {
  try {
    await readStoreConfig(store.storage)
  } catch (error) {
    problems.add({ ...asFinding(error), object: 'configuration', name: 'config' })
  }
}

async function checkRefs(check: RootSearch, roots: Roots): Promise<void> {
  const named = await checkRefNames(check)
  const { storage } = check.store
  // A listing may lag, and so may the list of names; where there is no listing, that is all there is.
  const listed = storage.properties.withoutListing ? [] : await storage.listMutable('refs/')
  const keys = new Set([...listed.filter((key) => key !== REF_NAMES), ...named.map(refKey)])
  for (const key of keys) {
    await check.step()
    await checkRef(check, roots, key)
  }
}

/** What the list of names says. Not whether it names all: that may lag. */
async function checkRefNames({ store, problems }: RootSearch): Promise<RefName[]> {
  try {
    return await readRefNames(store.storage)
  } catch (error) {
    problems.add({ ...asFinding(error), object: 'ref', name: REF_NAMES })
    return []
  }
}

async function checkRef(check: RootSearch, roots: Roots, key: string): Promise<void> {
  const { store, problems } = check
  const ref = refFromKey(key)
  if (ref === undefined) {
    problems.add({ kind: 'damaged', object: 'ref', name: key, what: 'No ref is stored under such a name' })
    return
  }
  try {
    const stored = await readRef(store.storage, ref)
    if (!stored) return
    const { target, tag } = stored.value
    roots.refs.push({ ref, target })
    roots.commits.push({ id: target, by: `ref '${ref}'` })
    if (tag) await takeTag(check, roots, { by: `ref '${ref}'`, tag, target })
  } catch (error) {
    problems.add({ ...asFinding(error), object: 'ref', name: ref })
  }
}

async function takeTag(
  { store, problems }: RootSearch,
  roots: Roots,
  { by, tag, target }: Required<RefState> & { by: string },
): Promise<void> {
  roots.tags.push({ id: tag, by })
  try {
    const { commit } = decodeTag(await store.readObject('tag', tag))
    if (sameBytes(commit, target)) return
    const what = `${by} names it with another commit than it is of`
    problems.add({ kind: 'damaged', object: 'tag', name: toHex(tag), what })
  } catch (error) {
    const { kind, what } = asFinding(error)
    problems.add({ kind, object: 'tag', name: toHex(tag), what: `${what} (${by} names it)` })
  }
}

async function checkOperations(check: RootSearch, roots: Roots, leftOut: ReadonlySet<string>): Promise<void> {
  const logs = new Map<string, number[]>()
  // What cannot be listed is a remote, which has no operations.
  if (check.store.storage.properties.withoutListing) return
  for await (const { name } of check.store.storage.list(OPERATIONS)) {
    if (leftOut.has(name)) continue
    const [, workdir, n] = /^operations\/([a-z0-9]{1,64})\/([1-9]\d{0,14})$/.exec(name) ?? []
    if (workdir === undefined) {
      check.problems.add({ kind: 'damaged', object: 'operation', name, what: 'No operation has such a name' })
      continue
    }
    logs.set(workdir, [...(logs.get(workdir) ?? []), Number(n)])
  }
  for (const [workdir, numbers] of logs) await checkLog(check, roots, { workdir, numbers })
}

/** The oldest may have been taken away. */
async function checkLog(
  check: RootSearch,
  roots: Roots,
  { workdir, numbers }: { workdir: string; numbers: number[] },
): Promise<void> {
  numbers.sort((a, b) => a - b)
  let next = numbers[0]!
  for (const n of numbers) {
    if (n > next) failGap(check, workdir, next, n - 1)
    next = n + 1
    await check.step()
    try {
      const operation = await readOperation(check.store.storage, workdir, n)
      if (operation) await takeOperation(check, roots, operation)
    } catch (error) {
      check.problems.add({ ...asFinding(error), object: 'operation', name: `${OPERATIONS}${workdir}/${n}` })
    }
  }
}

function failGap({ problems }: RootSearch, workdir: string, from: number, to: number): void {
  const name = `${OPERATIONS}${workdir}/${from}`
  const what = `${to > from ? `Operations ${from} to ${to} are` : 'It is'} not there, but later ones are`
  problems.add({ kind: 'missing', object: 'operation', name, what })
}

async function takeOperation(check: RootSearch, roots: Roots, operation: Operation): Promise<void> {
  const { id, refs, head, saved, worktree, metadata } = operation
  const by = `operation '${id}'`
  const states = refs.flatMap(({ before, after }) => [before, after]).filter((state) => state !== undefined)
  for (const { target, tag } of states) {
    roots.commits.push({ id: target, by })
    if (tag) await takeTag(check, roots, { by, tag, target })
  }
  for (const commit of [head?.before.commit, head?.after.commit])
    if (commit) roots.commits.push({ id: commit, by })
  for (const manifest of [saved, worktree?.before, worktree?.after, metadata?.before, metadata?.after])
    if (manifest) roots.manifests.push({ id: manifest, operation: id })
}
