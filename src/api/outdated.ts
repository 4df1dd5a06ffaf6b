// dv outdated and dv update: what the revisions of pins mean now.
import { isDvError } from '../base/index.js'
import type { Pin } from '../lockfile/index.js'
import { sameId, toHex } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import type { StoreView } from './context.js'
import type { OutdatedItem, UpdateResult } from './dependency-results.js'
import type { NamesOptions } from './dependency-types.js'
import { PinnedViews, requireStore } from './pinned-views.js'
import { subjectOf } from './present.js'
import { chosenPins, findProject, withProject } from './project.js'
import { writePins } from './require.js'
import { resolve } from './revisions.js'
import { openView } from './store-view.js'
import { requireIn } from './tree-address.js'
import type { Surroundings } from './types.js'

export async function* outdated(
  surroundings: Surroundings,
  { names, signal }: NamesOptions,
): AsyncGenerator<OutdatedItem> {
  const project = findProject(surroundings)
  const stores = new PinnedViews(surroundings, project.lockFile)
  for (const pin of chosenPins(project, names)) {
    signal?.throwIfAborted()
    yield await itemOf(surroundings, stores, pin)
  }
}

async function itemOf(surroundings: Surroundings, stores: PinnedViews, pin: Pin): Promise<OutdatedItem> {
  const { name, url, revision } = pin
  const known = { name, url, revision, commit: toHex(pin.commit) }
  try {
    return await asItIsNow(surroundings, { stores, pin }, async (view) => {
      const { commit } = await resolve(view, revision)
      const { committer, message } = await readCommit(view.store, commit)
      const newest = { commit: toHex(commit), time: committer.time, subject: subjectOf(message) }
      return { ...known, state: sameId(commit, pin.commit) ? 'current' : 'moved', newest }
    })
  } catch (error) {
    if (!isDvError(error) || error.code === 'DV_INTERRUPTED') throw error
    return { ...known, state: 'failed', failure: { code: error.code, message: error.message } }
  }
}

export async function update(
  surroundings: Surroundings,
  { names, signal }: NamesOptions,
): Promise<UpdateResult> {
  const project = findProject(surroundings)
  return withProject({ root: project.root }, async () => {
    const stores = new PinnedViews(surroundings, project.lockFile)
    const chosen = chosenPins(project, names)
    const result: UpdateResult = { lock: project.lockFile, updated: [], current: [] }
    const next = new Map<string, Pin>()
    for (const pin of chosen) {
      signal?.throwIfAborted()
      const commit = await asItIsNow(surroundings, { stores, pin }, (view) => meansNow(view, pin))
      const { name, revision } = pin
      if (sameId(commit, pin.commit)) result.current.push(name)
      else {
        next.set(name, { ...pin, commit })
        result.updated.push({ name, revision, before: toHex(pin.commit), after: toHex(commit) })
      }
    }
    const all = chosenPins(project, [])
    if (next.size > 0)
      writePins(
        project.lockFile,
        all.map((pin) => next.get(pin.name) ?? pin),
      )
    return result
  })
}

/** Throws when the new commit lacks the path. */
async function meansNow(view: StoreView, { revision, path }: Pin): Promise<Pin['commit']> {
  const { commit } = await resolve(view, revision)
  const { manifest } = await readCommit(view.store, commit)
  await requireIn({ view, revision, manifest, path })
  return commit
}

/** Asks the store itself, not what is remembered of it. */
async function asItIsNow<T>(
  surroundings: Surroundings,
  { stores, pin }: { stores: PinnedViews; pin: Pin },
  work: (view: StoreView) => Promise<T>,
): Promise<T> {
  const remote = await stores.remote(pin)
  const view = await openView(surroundings, remote)
  try {
    requireStore(view, pin, remote.url)
    return await work(view)
  } finally {
    view.storage.close()
  }
}
