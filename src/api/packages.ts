// dv packages: the stores below a folder or bucket, each with what a reader wants to know before he reads it.
import { DvError } from '../base/index.js'
import { toHex } from '../hash/index.js'
import { lookup, summarize } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import { listRefNames, shortRefName } from '../refs/index.js'
import type { StorageSettings } from '../storage/index.js'
import { findStores, parseLocation } from '../storage/index.js'
import { commitOf, currentHead, type StoreView } from './context.js'
import { streamFile } from './file-content.js'
import { short } from './present.js'
import { keepableRemote } from './remote-address.js'
import type { PackageInfo } from './results.js'
import { openView } from './store-view.js'
import type { PackagesOptions, Surroundings } from './types.js'

const READMES = ['README.md', 'README', 'README.txt', 'readme.md']
const README_BYTES = 4096
const DESCRIPTION_CHARS = 200

export async function* packages(
  surroundings: Surroundings,
  { location, settings, signal }: PackagesOptions,
): AsyncGenerator<PackageInfo> {
  const where = parseLocation(keepableRemote(surroundings.cwd, { url: location }).remote.url)
  const options = { settings: (settings ?? {}) as StorageSettings, env: surroundings.env }
  for await (const url of findStores(where, options)) {
    signal?.throwIfAborted()
    yield await describe(surroundings, url, settings)
  }
}

/** One that cannot be read does not hide the others. */
async function describe(
  surroundings: Surroundings,
  url: string,
  settings: PackagesOptions['settings'],
): Promise<PackageInfo> {
  try {
    const view = await openView(surroundings, { name: '', url, ...(settings && { settings }) })
    try {
      return { url, ...(await contents(view)) }
    } finally {
      view.storage.close()
    }
  } catch (error) {
    if (!(error instanceof DvError) || error.code === 'DV_INTERRUPTED') throw error
    return { url, tags: [], error: { code: error.code, message: error.message } }
  }
}

async function contents(view: StoreView): Promise<Omit<PackageInfo, 'url'>> {
  const [{ head, commit: id }, names] = await Promise.all([
    currentHead(view),
    listRefNames(view.storage, 'tags'),
  ])
  const tags = names.map(shortRefName)
  const commit = await commitOf(view, id)
  if (!id || !commit) return { tags }
  const { entries, bytes } = await summarize(view.store, commit.manifest)
  const description = await describedAs(view, commit.manifest)
  return {
    head: {
      ...(head.kind === 'branch' && { branch: head.branch }),
      ...{ id: toHex(id), short: short(id), time: commit.committer.time },
    },
    tags,
    total: { files: entries, bytes },
    ...(description !== undefined && { description }),
  }
}

/** The first line of words in the tree's README: its heading, mostly. */
async function describedAs(
  view: StoreView,
  manifest: Parameters<typeof lookup>[1],
): Promise<string | undefined> {
  for (const name of READMES) {
    const entry = await lookup(view.store, manifest, name)
    if (!entry || !isFile(entry)) continue
    const parts: Uint8Array[] = []
    for await (const part of streamFile(view.store, entry, { length: README_BYTES })) parts.push(part)
    const lines = Buffer.concat(parts).toString('utf8').split('\n')
    const words = lines.map((line) => line.replace(/^#+/, '').trim()).find((line) => /\p{L}/u.test(line))
    return words?.slice(0, DESCRIPTION_CHARS)
  }
  return undefined
}
