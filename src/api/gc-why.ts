// dv gc --why: from what keeps to what is kept.
import { DvError } from '../base/index.js'
import { type Id, toHex } from '../hash/index.js'
import { isAddress, ID_PREFIX_MIN, parseAddress } from '../history/index.js'
import { findWay } from '../maintenance/index.js'
import { lookup } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import { type Context, manifestOf } from './context.js'
import { neededOutside } from './gc.js'
import { short } from './present.js'
import type { GcWhy } from './results.js'
import { resolve, unknownPath } from './revisions.js'

/** `typed`: the beginning of an id of any kind, a revision, or REV:PATH for the content of a file. */
export async function whyKept(context: Context, typed: string): Promise<GcWhy> {
  const { store, storage } = context
  const hex = await meantBy(context, typed)
  const isMeant = (id: Id) => toHex(id).startsWith(hex)
  const way = await findWay(store, isMeant, await neededOutside(storage, context))
  if (!way) return { id: hex, kept: false }
  const { commit, ...rest } = way
  return {
    id: hex,
    kept: true,
    ...rest,
    ...(commit && { commit: { id: toHex(commit), short: short(commit) } }),
  }
}

async function meantBy(context: Context, typed: string): Promise<string> {
  if (new RegExp(`^[0-9a-f]{${ID_PREFIX_MIN},64}$`).test(typed)) return typed
  if (!isAddress(typed)) return toHex((await resolve(context, typed)).commit)
  const { revision, path } = parseAddress(typed)
  const manifest = await manifestOf(context, (await resolve(context, revision)).commit)
  const entry = manifest && (await lookup(context.store, manifest, path))
  if (entry && isFile(entry)) return toHex(entry.content)
  if (!entry) throw await unknownPath(context, manifest, { path, within: `'${revision}'` })
  throw new DvError('DV_UNSUPPORTED', `'${path}' is no file: it has no content of its own`, {
    data: { path },
  })
}
