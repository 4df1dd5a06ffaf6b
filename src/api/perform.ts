// One change of refs and head, in the order that survives a crash anywhere: the operation is recorded, then files (if
// any) are changed, then refs move by compare-and-swap, then the head. Until a ref shows it, it did not happen. What they
// will name is held against collections first, and once more when they name it (spec/17-collection.md).
import { isDvError } from '../base/index.js'
import { type CommitId, type ManifestId, type TagId } from '../hash/index.js'
import { changesRefNames, refreshRefNames, type StoredRef, updateRef } from '../refs/index.js'
import { appendOperation, type HeadState, nextNumber, type Operation } from '../repo/index.js'
import { anchor, anchorNamed, type Named } from '../store/index.js'
import {
  type Head,
  readHead,
  readUnfinishedOperations,
  writeHead,
  writePendingMetadata,
} from '../workspace/index.js'
import { moveBack, namedBy } from './anchored.js'
import { type Context, currentHead } from './context.js'

export interface RefStep {
  ref: string
  /** The ref as it was read; undefined: it must not exist. */
  expected: StoredRef | undefined
  /** Undefined deletes it. */
  next: { target: CommitId; tag?: TagId } | undefined
}

export interface Step {
  verb: string
  /** What a user should read of it in `dv op log`. */
  args: readonly string[]
  refs?: readonly RefStep[]
  /** What is checked out afterwards, when that changes; `commit` is absent on a branch without commits. */
  head?: { to: Head; commit: CommitId | undefined }
  saved?: ManifestId
  worktree?: { before: ManifestId; after: ManifestId }
  /** The edits of metadata that wait for a commit: what they were, and are to be once refs have moved. */
  metadata?: MetadataStep | undefined
  undoes?: string
  /** Changes files once the operation is recorded. */
  files?: (operation: Operation) => Promise<void>
}

export interface MetadataStep {
  before: ManifestId | undefined
  after: ManifestId | undefined
  /** The recorded tree that `after` was held against. */
  over: ManifestId | undefined
}

export async function perform(context: Context, step: Step): Promise<Operation> {
  const { storage, workdir, surroundings } = context
  const { refs = [] } = step
  const named = namedIn(step)
  await anchor(context.store, named)
  const time = surroundings.clock()
  await announce(context, step)
  const operation = await appendOperation(storage, workdir.id, {
    time,
    verb: step.verb,
    args: step.args,
    refs: refs.map(toChange),
    ...(await headChange(context, step)),
    ...(step.saved && { saved: step.saved }),
    ...(step.worktree && { worktree: step.worktree }),
    ...(step.metadata && { metadata: given(step.metadata) }),
    ...(step.undoes && { undoes: step.undoes }),
  })
  await step.files?.(operation)
  await moveRefs(context, operation, step)
  await lookAgain(context, operation, step)
  return operation
}

function namedIn({ refs = [], head, saved, worktree, metadata }: Step): Named[] {
  const manifests = [saved, worktree?.before, worktree?.after, metadata?.before, metadata?.after]
  return [
    ...refs.flatMap(({ next }) => (next ? namedBy(next) : [])),
    ...(head?.commit ? namedBy({ target: head.commit }) : []),
    ...manifests.flatMap((id) => (id ? [{ kind: 'manifest' as const, id }] : [])),
  ]
}

function given({ before, after }: MetadataStep): NonNullable<Operation['metadata']> {
  return { ...(before && { before }), ...(after && { after }) }
}

/** What a collection without grace took just then must not stay named. */
async function lookAgain(context: Context, { id: operation }: Operation, step: Step): Promise<void> {
  try {
    await anchorNamed(context.store, namedIn(step))
  } catch (error) {
    if (!isDvError(error, 'DV_COLLECTED')) throw error
    for (const { ref, expected, next } of step.refs ?? [])
      if (next) await moveBack(context.storage, { ref, before: expected?.value, operation })
    if (step.metadata) setPending(context, step.metadata.before)
    throw error
  }
}

/** Whether no ref will show that it happened, and it makes a difference: a switch, metadata, or an undo. */
function isUnseen({ refs = [], head, metadata, undoes }: Step): boolean {
  return refs.length === 0 && (head ?? metadata ?? undoes) !== undefined
}

async function announce({ storage, workdir }: Context, step: Step): Promise<void> {
  if (!isUnseen(step)) return
  const n = await nextNumber(storage, workdir.id)
  const others = readUnfinishedOperations(workdir).slice(-UNFINISHED_KEPT)
  writeHead(workdir, readHead(workdir), [...others, n])
}

/** Operations that ended early and are remembered as such. */
const UNFINISHED_KEPT = 99

function setPending({ workdir }: Context, edits: ManifestId | undefined, over?: ManifestId): void {
  writePendingMetadata(workdir, edits && { edits, over })
}

async function moveRefs(context: Context, { id, n, time }: Operation, step: Step): Promise<void> {
  const { storage, workdir } = context
  const { refs = [], head } = step
  try {
    for (const { ref, expected, next } of refs) {
      const value = next && { ...next, operation: id, updated: time }
      if (value) await updateRef(storage, ref, { expected, next: value, namesLater: true })
    }
    if (step.metadata) setPending(context, step.metadata.after, step.metadata.over)
    if (head || isUnseen(step)) {
      const others = readUnfinishedOperations(workdir).filter((one) => one !== n)
      writeHead(workdir, head?.to ?? readHead(workdir), others)
    }
    // Last, so that a head never names a branch that is gone, as in the middle of a rename.
    for (const { ref, expected, next } of refs)
      if (!next) await updateRef(storage, ref, { expected, next, namesLater: true })
  } finally {
    if (refs.some(changesRefNames)) await refreshRefNames(storage)
  }
}

function toChange({ ref, expected, next }: RefStep) {
  const before = expected && {
    target: expected.value.target,
    operation: expected.value.operation,
    ...(expected.value.tag && { tag: expected.value.tag }),
  }
  return { ref, ...(before && { before }), ...(next && { after: next }) }
}

/** The head as the log shows it: also a commit on the current branch moves it. */
async function headChange(context: Context, step: Step) {
  const now = await currentHead(context)
  const before = headState(now.head, now.commit)
  if (step.head) return { head: { before, after: headState(step.head.to, step.head.commit) } }
  const own = step.refs?.find(({ ref }) => ref === now.ref)
  return own ? { head: { before, after: headState(now.head, own.next?.target) } } : {}
}

function headState(head: Head, commit: CommitId | undefined): HeadState {
  return { ...(head.kind === 'branch' && { branch: head.branch }), ...(commit && { commit }) }
}
