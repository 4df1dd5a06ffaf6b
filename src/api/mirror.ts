// dv mirror: what one store has becomes what another has, without a clone and without a working directory. Only what is
// missing travels; refs move last, each by compare-and-swap against the value that was judged.
import { corrupt, DvError, isDvError, randomHex } from '../base/index.js'
import { type CommitId, sameId, type TagId, toHex } from '../hash/index.js'
import { decodeTag } from '../objects/index.js'
import { listAllRefs, type StoredRef } from '../refs/index.js'
import { type Config, readGlobalConfig } from '../repo/index.js'
import { transfer } from '../transfer/index.js'
import { moveAnchored, namedBy } from './anchored.js'
import { closeContext, effectiveConfig, globalConfigFile, openContext } from './context.js'
import { checkPath, targetOf } from './fetch.js'
import { describeStep, isMirrorMove, judgeAll, type MirrorStep, moveAll, refuseInUse } from './mirror-refs.js'
import { serverMemory } from './derived.js'
import { adoptRecords } from './purge-spread.js'
import {
  openOrCreateRemote,
  openRemote,
  type Remote,
  remoteMeant,
  requireSameChunks,
} from './remote-store.js'
import { sendNotes } from './share-notes.js'
import type { MirrorResult, RemoteInfo, TransferSums } from './results.js'
import type { MirrorOptions, Surroundings } from './types.js'

export async function mirror(surroundings: Surroundings, options: MirrorOptions): Promise<MirrorResult> {
  const { fromInfo, toInfo, around } = await bothMeant(surroundings, options)
  const { env, clock } = surroundings
  const from = await openRemote(fromInfo, 'read', env)
  try {
    const server = serverMemory(surroundings, toInfo, around)
    const to = await openOrCreateRemote(toInfo, { format: from.format, now: clock(), env, server })
    try {
      requireSameChunks(from.format, to)
      const result = await copyAll({ from, to, now: clock() }, options)
      await sendNotes({ from: from.store, to: to.store }, { surroundings, ...options })
      return result
    } finally {
      to.storage.close()
    }
  } finally {
    from.storage.close()
  }
}

/** What the operands mean: names of the repository around, if there is one, and of the user; else addresses. And where
 * that repository's store is. */
async function bothMeant(
  surroundings: Surroundings,
  { from, to }: MirrorOptions,
): Promise<{ fromInfo: RemoteInfo; toInfo: RemoteInfo; around: string | undefined }> {
  const context = await openContext(surroundings).catch((error: unknown) => {
    if (!isDvError(error, 'DV_NO_REPOSITORY')) throw error
    return undefined
  })
  try {
    const global = readGlobalConfig(globalConfigFile(surroundings))
    const config = context ? await effectiveConfig(context) : global
    const meant = (text: string): RemoteInfo => {
      const info = meantOrTold(config, text, surroundings.cwd)
      return info.name === '' ? { ...info, name: info.url } : info
    }
    const around = context?.storage.properties.localRoot
    return { fromInfo: meant(from), toInfo: meant(to), around }
  } finally {
    if (context) await closeContext(context)
  }
}

/** A word without a slash is a remote's name, so that a mistyped one makes no folder. */
function meantOrTold(config: Config, typed: string, cwd: string): RemoteInfo {
  try {
    return remoteMeant(config, typed, cwd)
  } catch (error) {
    if (!isDvError(error, 'DV_UNKNOWN_REMOTE')) throw error
    const hint = `${error.hint ?? ''}; a folder is written with a slash: './${typed}'`
    throw new DvError('DV_UNKNOWN_REMOTE', error.message, { data: error.data, hint, cause: error })
  }
}

interface Ends {
  from: Remote
  to: Remote
  now: number
}

async function copyAll(ends: Ends, options: MirrorOptions): Promise<MirrorResult> {
  const { from, to, now } = ends
  const [theirs, known] = [await namedRefs(from), await namedRefs(to)]
  const steps = await judgeAll(from, { theirs, known, options })
  for (const step of steps) await refuseInUse(to, step)
  const sent = await send(ends, { steps, known, options })
  // Of no operation log: this one is nobody's working directory.
  const operation = `mirror-${randomHex(16)}`
  const named = steps.flatMap((step) => (isMirrorMove(step) && step.after ? namedBy(step.after.value) : []))
  const moved = await moveAnchored(to.store, named, {
    move: () => moveAll(ends, steps, { operation, updated: now }),
    send: () => send(ends, { steps, known, options }),
  })
  return { from: shown(from), to: shown(to), updates: moved.map(describeStep), sent }
}

function shown({ name, url, settings }: Remote): RemoteInfo {
  return { name, url, ...(settings && { settings }) }
}

function namedRefs({ storage }: Remote): Promise<StoredRef[]> {
  return listAllRefs(storage, ['heads', 'tags'])
}

async function send(
  { from, to }: Ends,
  {
    steps,
    known,
    options,
  }: { steps: readonly MirrorStep[]; known: readonly StoredRef[]; options: MirrorOptions },
): Promise<TransferSums> {
  // A purge moves no ref: it is brought there also when nothing else is.
  await adoptRecords({ from: from.store, to: to.store }, options)
  const wanted = steps.flatMap((step) => (isMirrorMove(step) && step.after ? [step.after.value] : []))
  if (wanted.length === 0) return { objects: 0, bytes: 0 }
  const { signal, onProgress } = options
  const { objects, bytes } = await transfer(
    {
      source: from.store,
      target: to.store,
      commits: wanted.map(({ target }): CommitId => target),
      tags: wanted.flatMap(({ tag }): TagId[] => (tag ? [tag] : [])),
      haves: known.map(targetOf),
    },
    { checkPath, phase: 'Sending', ...(signal && { signal }), ...(onProgress && { onProgress }) },
  )
  signal?.throwIfAborted()
  for (const { tag, target } of wanted) if (tag) await checkTag(to, tag, target)
  return { objects, bytes }
}

async function checkTag({ store }: Remote, tag: TagId, target: CommitId): Promise<void> {
  const { commit } = decodeTag(await store.readObject('tag', tag))
  if (!sameId(commit, target)) throw corrupt(`The tag '${toHex(tag)}' names another commit than its ref does`)
}
