// Where verbs commit that need no working directory, as `dv apply`: REMOTE@BRANCH, or BRANCH of the repository around.
import { DvError, isDvError, randomHex } from '../base/index.js'
import type { CommitId } from '../hash/index.js'
import { parseAddress } from '../history/index.js'
import type { Signature } from '../objects/index.js'
import { branchRef, shortRefName, type StoredRef, updateRef } from '../refs/index.js'
import { readGlobalConfig, type StoreFormat } from '../repo/index.js'
import { overlay } from '../storage/index.js'
import { collected, ObjectStore } from '../store/index.js'
import { moveAnchored, moveBack, namedBy } from './anchored.js'
import { signatureOf } from './author.js'
import { refuseCheckedOutIn } from './branch-use.js'
import { closeContext, type Context, effectiveConfig, globalConfigFile, openContext } from './context.js'
import { serverMemory } from './derived.js'
import { perform } from './perform.js'
import { openRemote, remoteMeant } from './remote-store.js'
import type { RemoteInfo } from './results.js'
import type { ApplyOptions, Surroundings } from './types.js'

export interface ApplyTarget {
  surroundings: Surroundings
  /** Absent: the store of the repository around. */
  remote?: RemoteInfo
  /** Full name of the branch. */
  ref: string
  store: ObjectStore
  format: StoreFormat
  /** Whether its bytes lie in a folder, so that reading them costs no request. */
  isNear: boolean
  /** Who commits. */
  signature: Signature
  /** Moves the branch. Throws DV_REF_MOVED when it is not at `expected`. */
  move(expected: StoredRef | undefined, commit: CommitId, subject: string): Promise<void>
  close(): Promise<void>
}

/** Does `work` on what `options.target` names; in a rehearsal nothing of it is kept. Throws as openTarget() does, and DV_USAGE
 * where a commit would have no message. */
export async function onTarget<T>(
  surroundings: Surroundings,
  { target: text, message, dryRun }: Pick<ApplyOptions, 'target' | 'message' | 'dryRun'>,
  work: (target: ApplyTarget) => Promise<T>,
): Promise<T> {
  if (message.trim() === '')
    throw new DvError('DV_USAGE', 'A commit needs a message', { hint: "give it with -m 'what changed'" })
  const target = await openTarget(surroundings, text)
  const rehearsal = dryRun ? overlay(target.store.storage) : undefined
  try {
    if (!rehearsal) return await work(target)
    return await work({ ...target, store: new ObjectStore(rehearsal), move: async () => {} })
  } finally {
    rehearsal?.close()
    await target.close()
  }
}

/** Opens what `text` names. Throws DV_BRANCH_IN_USE for a branch that a working directory has checked out. */
export async function openTarget(surroundings: Surroundings, text: string): Promise<ApplyTarget> {
  const { repo, revision } = parseAddress(`${text}:`)
  const ref = branchRef(revision)
  const context = await contextAround(surroundings, repo !== undefined)
  const closing = [async () => context && (await closeContext(context))]
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    if (repo === undefined) return await refuseCheckedOut({ ...(await ownTarget(context!, ref)), close })
    const target = await remoteTarget(surroundings, context, { repo, ref })
    closing.push(async () => target.store.storage.close())
    return await refuseCheckedOut({ ...target, close })
  } catch (error) {
    await close()
    throw error
  }
}

type OpenTarget = Omit<ApplyTarget, 'close'>

/** The repository around; it may be missing where a remote is given by its address. */
async function contextAround(
  surroundings: Surroundings,
  mayBeMissing: boolean,
): Promise<Context | undefined> {
  try {
    return await openContext(surroundings)
  } catch (error) {
    if (mayBeMissing && isDvError(error, 'DV_NO_REPOSITORY')) return undefined
    throw error
  }
}

async function ownTarget(context: Context, ref: string): Promise<OpenTarget> {
  const { surroundings, store, format } = context
  const signature = signatureOf(await effectiveConfig(context), surroundings)
  return {
    ...{ surroundings, ref, store, format, signature, isNear: true },
    async move(expected, commit, subject) {
      const refs = [{ ref, expected, next: { target: commit } }]
      await perform(context, { verb: 'apply', args: [shortRefName(ref), subject], refs })
    },
  }
}

async function remoteTarget(
  surroundings: Surroundings,
  context: Context | undefined,
  { repo, ref }: { repo: string; ref: string },
): Promise<OpenTarget> {
  const config = context ? await effectiveConfig(context) : readGlobalConfig(globalConfigFile(surroundings))
  const signature = signatureOf(config, surroundings)
  const info = remoteMeant(config, repo, surroundings.cwd)
  const server = serverMemory(surroundings, info, context?.storage.properties.localRoot)
  const { storage, store, format } = await openRemote(info, 'write', surroundings.env, { server })
  const isNear = storage.properties.localRoot !== undefined
  return {
    ...{ surroundings, remote: info, ref, store, format, signature, isNear },
    async move(expected, target) {
      // Of no operation log: this one is nobody's working directory.
      const operation = `apply-${randomHex(16)}`
      const next = { target, operation, updated: surroundings.clock() }
      await moveAnchored(store, namedBy(next), {
        move: () => updateRef(storage, ref, { expected, next }),
        async send() {
          // The lines are read: it is for the caller to begin again.
          await moveBack(storage, { ref, before: expected?.value, operation })
          throw collected(storage)
        },
      })
    },
  }
}

async function refuseCheckedOut(target: ApplyTarget): Promise<ApplyTarget> {
  const hint = 'commit there, or name another branch and merge that'
  await refuseCheckedOutIn(target.store.storage, shortRefName(target.ref), hint)
  return target
}
