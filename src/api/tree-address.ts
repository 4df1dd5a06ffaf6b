// Which part of which commit the operands of `dv ls`, `dv du`, `dv cat` and `dv get` name, here or in another store.
import { DvError, isDvError } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { isAddress, parseAddress, parseElsewhere } from '../history/index.js'
import { fromTop, manifestOf, type StoreView } from './context.js'
import { isIn } from './pathspec.js'
import { isRevision, resolve, unknownPath } from './revisions.js'
import type { Stores } from './stores.js'

export interface TreePlace {
  view: StoreView
  /** As typed, for messages. */
  revision: string
  manifest: ManifestId
  /** From the tree's top; '' is all of it. May be a pattern. It means something in the tree. */
  path: string
}

/** One operand is an address, a revision or, if none is called so, a path of HEAD; two are revision and path. A path
 * alone is relative to where one is, one in an address begins at the top, as in git. */
export async function findPlace(stores: Stores, operands: readonly string[]): Promise<TreePlace> {
  const [first, second] = operands
  if (first === undefined) return placeIn(stores.here, 'HEAD', stores.here.prefix)
  if (second !== undefined) {
    const { view, revisions } = await stores.meant(first)
    return placeIn(view, revisions, treePath(view, second))
  }
  if (parseElsewhere(first)) {
    const { view, revisions } = await stores.meant(first)
    if (view !== stores.context) return placeIn(view, revisions, '')
  } else if (isAddress(first)) return addressed(stores, first)
  const { here } = stores
  if (await isRevision(here, first)) return placeIn(here, first, here.prefix)
  try {
    return await pathOfHead(here, first)
  } catch (error) {
    // Neither was meant more than the other: resolving tells the nearest names of revisions.
    if (!isDvError(error, 'DV_UNKNOWN_PATH') || /[./*?[]/.test(first)) throw error
    throw neither(first, error)
  }
}

/** '[REPO@]REV:PATH', or a path of HEAD. */
export async function findAddress(stores: Stores, text: string): Promise<TreePlace> {
  return isAddress(text) ? addressed(stores, text) : pathOfHead(stores.here, text)
}

function pathOfHead(view: StoreView, typed: string): Promise<TreePlace> {
  return placeIn(view, 'HEAD', treePath(view, typed))
}

/** A file's name may hold a colon: it is taken as a name when there is no such revision but such a file. */
async function addressed(stores: Stores, text: string): Promise<TreePlace> {
  try {
    const { repo, revision, path } = parseAddress(text)
    return await placeIn(await stores.at(repo), revision, path)
  } catch (error) {
    const codes = ['DV_BAD_ADDRESS', 'DV_BAD_REVISION', 'DV_UNKNOWN_REVISION', 'DV_UNKNOWN_REMOTE'] as const
    if (!stores.context || !codes.some((code) => isDvError(error, code))) throw error
    const named = await pathOfHead(stores.context, text).catch(() => undefined)
    if (named) return named
    throw error
  }
}

async function placeIn(view: StoreView, revision: string, path: string): Promise<TreePlace> {
  const { commit } = await resolve(view, revision)
  const place = { view, revision, manifest: (await manifestOf(view, commit))!, path }
  await requireIn(place)
  return place
}

/** Throws DV_UNKNOWN_PATH for a path that means nothing in the tree. */
export async function requireIn({ view, revision, manifest, path }: TreePlace): Promise<void> {
  if (path !== '' && !(await isIn(view, manifest, path)))
    throw await unknownPath(view, manifest, { path, within: `'${revision}'` })
}

function treePath({ prefix }: StoreView, typed: string): string {
  const path = fromTop(prefix, typed)
  return path === '**' ? '' : path
}

function neither(name: string, error: DvError): DvError {
  return new DvError('DV_UNKNOWN_PATH', `Neither a revision nor a path of HEAD is called '${name}'`, {
    data: error.data,
    ...(error.hint !== undefined && { hint: error.hint }),
  })
}
