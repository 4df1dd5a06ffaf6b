// What a store keeps alive: refs, operations and what working directories have under way.
import { sameBytes } from '../base/index.js'
import { type CommitId, type ManifestId, toHex } from '../hash/index.js'
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

/** Files that an operation saved without a commit. */
export interface ManifestRoot {
  id: ManifestId
  operation: string
}

export interface Roots {
  commits: CommitRoot[]
  refs: { ref: RefName; target: CommitId }[]
  manifests: ManifestRoot[]
}

const OPERATIONS = 'operations/'

/** Checks refs, operations and configuration, and collects what they name. */
export async function checkRoots(check: Check, more: readonly CommitRoot[]): Promise<Roots> {
  const roots: Roots = { commits: [...more], refs: [], manifests: [] }
  await checkConfig(check)
  await checkRefs(check, roots)
  await checkOperations(check, roots)
  return roots
}

async function checkConfig({ store, problems }: Check): Promise<void> {
  try {
    await readStoreConfig(store.storage)
  } catch (error) {
    problems.add({ ...asFinding(error), object: 'configuration', name: 'config' })
  }
}

async function checkRefs(check: Check, roots: Roots): Promise<void> {
  const named = await checkRefNames(check)
  const { storage } = check.store
  const listed = storage.properties.withoutListing ? named.map(refKey) : await storage.listMutable('refs/')
  for (const key of listed.filter((key) => key !== REF_NAMES)) {
    await check.step()
    await checkRef(check, roots, key)
  }
}

/** What the list of names says. Not whether it names all: that may lag. */
async function checkRefNames({ store, problems }: Check): Promise<RefName[]> {
  try {
    return await readRefNames(store.storage)
  } catch (error) {
    problems.add({ ...asFinding(error), object: 'ref', name: REF_NAMES })
    return []
  }
}

async function checkRef(check: Check, roots: Roots, key: string): Promise<void> {
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
    if (tag) await checkTag(check, `ref '${ref}'`, { tag, target })
  } catch (error) {
    problems.add({ ...asFinding(error), object: 'ref', name: ref })
  }
}

async function checkTag({ store, problems }: Check, by: string, { tag, target }: Required<RefState>) {
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

async function checkOperations(check: Check, roots: Roots): Promise<void> {
  const logs = new Map<string, number[]>()
  // What cannot be listed is a remote, which has no operations.
  if (check.store.storage.properties.withoutListing) return
  for await (const { name } of check.store.storage.list(OPERATIONS)) {
    const [, workdir, n] = /^operations\/([a-z0-9]{1,64})\/([1-9]\d{0,14})$/.exec(name) ?? []
    if (workdir === undefined) {
      check.problems.add({ kind: 'damaged', object: 'operation', name, what: 'No operation has such a name' })
      continue
    }
    logs.set(workdir, [...(logs.get(workdir) ?? []), Number(n)])
  }
  for (const [workdir, numbers] of logs) await checkLog(check, roots, { workdir, numbers })
}

async function checkLog(
  check: Check,
  roots: Roots,
  { workdir, numbers }: { workdir: string; numbers: number[] },
): Promise<void> {
  let next = 1
  for (const n of numbers.sort((a, b) => a - b)) {
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

function failGap({ problems }: Check, workdir: string, from: number, to: number): void {
  const name = `${OPERATIONS}${workdir}/${from}`
  const what = `${to > from ? `Operations ${from} to ${to} are` : 'It is'} not there, but later ones are`
  problems.add({ kind: 'missing', object: 'operation', name, what })
}

async function takeOperation(check: Check, roots: Roots, operation: Operation): Promise<void> {
  const { id, refs, head, saved, worktree } = operation
  const by = `operation '${id}'`
  const states = refs.flatMap(({ before, after }) => [before, after]).filter((state) => state !== undefined)
  for (const { target, tag } of states) {
    roots.commits.push({ id: target, by })
    if (tag) await checkTag(check, by, { tag, target })
  }
  for (const commit of [head?.before.commit, head?.after.commit])
    if (commit) roots.commits.push({ id: commit, by })
  for (const manifest of [saved, worktree?.before, worktree?.after])
    if (manifest) roots.manifests.push({ id: manifest, operation: id })
}
