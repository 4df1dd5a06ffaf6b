// dv tag: names for commits that stay. An annotated one is an object of its own, with who, when and why.
import { DvError, nearest } from '../base/index.js'
import { type CommitId, type TagId, toHex } from '../hash/index.js'
import { decodeTag, encodeTag, MESSAGE_BYTES_MAX } from '../objects/index.js'
import {
  listRefNames,
  listRefs,
  readRef,
  type RefValue,
  shortRefName,
  type StoredRef,
  tagRef,
} from '../refs/index.js'
import { StoreWriter } from '../store/index.js'
import { ownSignature } from './author.js'
import type { Context, StoreView } from './context.js'
import { nameMatcher } from './name-pattern.js'
import { perform } from './perform.js'
import { person, short } from './present.js'
import { resolve } from './revisions.js'
import type { RefDeleted, TagInfo } from './results.js'
import type { TagOptions } from './types.js'

/** By name; with patterns, those that match any. */
export async function tags(
  context: Context,
  { patterns }: { patterns: readonly string[] },
): Promise<TagInfo[]> {
  const matches = nameMatcher(patterns)
  const refs = await listRefs(context.storage, 'tags')
  const wanted = refs.filter(({ ref }) => matches(shortRefName(ref)))
  return Promise.all(wanted.map(({ ref, value }) => tagInfo(context, shortRefName(ref), value)))
}

export async function tagInfo(
  { store }: StoreView,
  name: string,
  { target, tag }: Pick<RefValue, 'target' | 'tag'>,
): Promise<TagInfo> {
  const plain = { name, commit: toHex(target), short: short(target) }
  if (!tag) return plain
  const { message, tagger } = decodeTag(await store.readObject('tag', tag))
  return { ...plain, message, tagger: person(tagger) }
}

export async function createTag(context: Context, options: TagOptions): Promise<TagInfo> {
  const { name, force } = options
  const ref = tagRef(name)
  const expected = await readRef(context.storage, ref)
  if (expected && !force) throw exists(name, expected)
  const target = (await resolve(context, options.revision ?? 'HEAD')).commit
  const tag =
    options.message === undefined ? undefined : await writeTag(context, name, target, options.message)
  const next = { target, ...(tag && { tag }) }
  await perform(context, { verb: 'tag', args: [name], refs: [{ ref, expected, next }] })
  return tagInfo(context, name, next)
}

function exists(name: string, { value }: StoredRef): DvError {
  return new DvError('DV_ALREADY_EXISTS', `There is a tag '${name}' already, at ${short(value.target)}`, {
    data: { name, commit: toHex(value.target) },
    hint: "choose another name, or move it with '--force'; copies that others have will not move",
  })
}

async function writeTag(context: Context, name: string, commit: CommitId, text: string): Promise<TagId> {
  const message = text.trimEnd()
  if (message === '') {
    throw new DvError('DV_USAGE', 'The message of a tag cannot be empty', {
      hint: "leave out '-m' for a plain tag",
    })
  }
  if (Buffer.byteLength(message) > MESSAGE_BYTES_MAX)
    throw new DvError('DV_USAGE', `The message has more than ${MESSAGE_BYTES_MAX} bytes`)
  const tagger = await ownSignature(context)
  const writer = new StoreWriter(context.store, { kind: 'node' })
  try {
    const id = await writer.writeObject('tag', encodeTag({ commit, name, tagger, message }))
    await context.store.index.add((await writer.finish()).map((ref) => ({ ref })))
    return id
  } catch (error) {
    writer.abort()
    throw error
  }
}

/** All of them or none. */
export async function deleteTags(
  context: Context,
  { names }: { names: readonly string[] },
): Promise<RefDeleted[]> {
  const found = await Promise.all([...new Set(names)].map((name) => existingTag(context, name)))
  if (found.length === 0) return []
  const refs = found.map((expected) => ({ ref: expected.ref, expected, next: undefined }))
  await perform(context, { verb: 'tag', args: ['--delete', ...names], refs })
  return found.map(deletedRef)
}

export function deletedRef({ ref, value }: StoredRef): RefDeleted {
  return { name: shortRefName(ref), commit: toHex(value.target), short: short(value.target) }
}

async function existingTag({ storage }: Context, name: string): Promise<StoredRef> {
  const found = await readRef(storage, tagRef(name))
  if (found) return found
  throw unknownRef('tag', name, (await listRefNames(storage, 'tags')).map(shortRefName))
}

/** DV_UNKNOWN_REF with the names nearest to it. */
export function unknownRef(what: string, name: string, known: readonly string[]): DvError {
  const near = nearest(name, known)
  return new DvError('DV_UNKNOWN_REF', `There is no ${what} '${name}'`, {
    data: { name, nearest: near },
    hint:
      near.length > 0
        ? `did you mean ${near.map((one) => `'${one}'`).join(' or ')}?`
        : `'dv ${what}' lists what there is`,
  })
}
