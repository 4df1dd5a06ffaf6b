// dv commit --input and --inputs-from: what a commit was made from is looked up and becomes its metadata.
import path from 'node:path'
import { type ManifestId, toHex } from '../hash/index.js'
import { type Input, INPUTS_KEY, inputTexts, readCommit } from '../history/index.js'
import { type Pin, readLock, urlOf } from '../lockfile/index.js'
import { lookup } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import type { Context, StoreView } from './context.js'
import { lookUpData, readDataAddress, remoteOfData } from './meant-data.js'
import { PinnedViews } from './pinned-views.js'
import { openView } from './store-view.js'
import type { CommitOptions, Surroundings } from './types.js'

/** The options with the inputs looked up. Before anything is locked: stores elsewhere are asked. */
export async function withInputs(context: Context, options: CommitOptions): Promise<CommitOptions> {
  const { inputs = [], inputsFrom, ...rest } = options
  if (inputs.length === 0 && inputsFrom === undefined) return options
  const { surroundings } = context
  const found: Input[] = []
  if (inputsFrom !== undefined) found.push(...(await inputsOfLock(surroundings, inputsFrom)))
  for (const address of inputs) found.push(await inputOf(surroundings, address))
  return { ...rest, metadata: { ...rest.metadata, [INPUTS_KEY]: inputTexts(found) } }
}

async function inputOf(surroundings: Surroundings, address: string): Promise<Input> {
  const meant = readDataAddress(address)
  const remote = await remoteOfData(surroundings, meant.repo)
  const view = await openView(surroundings, remote)
  try {
    const { revision, commit, manifest } = await lookUpData(view, meant)
    return {
      ...{ url: remote.url, store: view.format.id, revision, commit: toHex(commit) },
      ...(meant.path !== '' && { path: meant.path }),
      ...(await idOf(view, manifest, meant.path)),
    }
  } finally {
    view.storage.close()
  }
}

/** All pins of a lock file, as typed. What is installed needs no connection. */
async function inputsOfLock(surroundings: Surroundings, typed: string): Promise<Input[]> {
  const lockFile = path.resolve(surroundings.cwd, typed)
  const views = new PinnedViews(surroundings, lockFile)
  try {
    const inputs: Input[] = []
    for (const pin of readLock(lockFile))
      inputs.push(await inputOfPin(await views.of(pin), pin, urlOf(pin, lockFile)))
    return inputs
  } finally {
    await views.close()
  }
}

async function inputOfPin(view: StoreView, pin: Pin, url: string): Promise<Input> {
  const { store, revision, commit, path: at, where } = pin
  const { manifest } = await readCommit(view.store, commit)
  return {
    ...{ url, store, revision, commit: toHex(commit) },
    ...(at !== '' && { path: at }),
    ...(where !== undefined && { where }),
    ...(await idOf(view, manifest, at)),
  }
}

/** Directories and patterns have no id of their own: the commit says what is in them. */
async function idOf(view: StoreView, manifest: ManifestId, at: string): Promise<{ id?: string }> {
  if (at === '') return { id: toHex(manifest) }
  const entry = await lookup(view.store, manifest, at)
  return entry && isFile(entry) ? { id: toHex(entry.content) } : {}
}
