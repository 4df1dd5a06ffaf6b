// Which part of which commit the operands of `dv ls`, `dv du` and `dv cat` name.
import { DvError, isDvError } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { isAddress, parseAddress } from '../history/index.js'
import { type Context, fromTop, manifestOf } from './context.js'
import { isIn } from './pathspec.js'
import { isRevision, resolve, unknownPath } from './revisions.js'

export interface TreePlace {
  /** As typed, for messages. */
  revision: string
  manifest: ManifestId
  /** From the tree's top; '' is all of it. May be a pattern. It means something in the tree. */
  path: string
}

/** One operand is an address, a revision or, if none is called so, a path of HEAD; two are revision and path. A path
 * alone is relative to where one is, one in an address begins at the top, as in git. */
export async function findPlace(context: Context, operands: readonly string[]): Promise<TreePlace> {
  const [first, second] = operands
  if (first === undefined) return placeIn(context, 'HEAD', context.prefix)
  if (second !== undefined) return placeIn(context, first, treePath(context, second))
  if (isAddress(first)) return addressed(context, first)
  if (await isRevision(context, first)) return placeIn(context, first, context.prefix)
  try {
    return await pathOfHead(context, first)
  } catch (error) {
    // Neither was meant more than the other: resolving tells the nearest names of revisions.
    if (!isDvError(error, 'DV_UNKNOWN_PATH') || /[./*?[]/.test(first)) throw error
    throw neither(first, error)
  }
}

/** 'REV:PATH', or a path of HEAD. */
export async function findAddress(context: Context, text: string): Promise<TreePlace> {
  return isAddress(text) ? addressed(context, text) : pathOfHead(context, text)
}

function pathOfHead(context: Context, typed: string): Promise<TreePlace> {
  return placeIn(context, 'HEAD', treePath(context, typed))
}

/** A file's name may hold a colon: it is taken as a name when there is no such revision but such a file. */
async function addressed(context: Context, text: string): Promise<TreePlace> {
  try {
    const { repo, revision, path } = parseAddress(text)
    if (repo !== undefined) throw otherRepository(repo)
    return await placeIn(context, revision, path)
  } catch (error) {
    const codes = ['DV_BAD_ADDRESS', 'DV_BAD_REVISION', 'DV_UNKNOWN_REVISION'] as const
    if (!codes.some((code) => isDvError(error, code))) throw error
    const named = await pathOfHead(context, text).catch(() => undefined)
    if (named) return named
    throw error
  }
}

async function placeIn(context: Context, revision: string, path: string): Promise<TreePlace> {
  const { commit } = await resolve(context, revision)
  const manifest = (await manifestOf(context, commit))!
  if (path !== '' && !(await isIn(context, manifest, path)))
    throw await unknownPath(context, manifest, { path, within: `'${revision}'` })
  return { revision, manifest, path }
}

function treePath({ prefix }: Context, typed: string): string {
  const path = fromTop(prefix, typed)
  return path === '**' ? '' : path
}

function otherRepository(repo: string): DvError {
  return new DvError('DV_UNSUPPORTED', `Cannot read from '${repo}' in passing yet`, {
    data: { repo },
    hint: "type 'dv fetch' first, then name the branch as 'origin/main:PATH'",
  })
}

function neither(name: string, error: DvError): DvError {
  return new DvError('DV_UNKNOWN_PATH', `Neither a revision nor a path of HEAD is called '${name}'`, {
    data: error.data,
    ...(error.hint !== undefined && { hint: error.hint }),
  })
}
