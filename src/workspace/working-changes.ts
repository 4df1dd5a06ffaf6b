// How a working directory differs from a manifest: what `dv status` shows and a checkout must not run over.
import { DvError } from '../base/index.js'
import { type HashedFile, hashFiles, throughWork } from '../content/index.js'
import type { ContentId } from '../hash/index.js'
import type { Entry, EntryKind, FileEntry } from '../objects/index.js'
import { CacheUpdates, isNothingKnown, nothingKnown } from './cache-updates.js'
import { readFileClock } from './file-clock.js'
import { judge, judgeContent, type Judgement, kindOnDisk } from './judge.js'
import { lockWorkdir, type WorkdirLock } from './lock.js'
import type { ScanEntry } from './scan.js'
import {
  type CacheInUse,
  findSuspects,
  type HoleReason,
  openStatCache,
  type Suspect,
  type SuspectOptions,
} from './suspects.js'
import type { BaseManifest, WorkTree } from './tree.js'

/** One path that differs. */
export interface WorkingChange {
  path: string
  type: 'added' | 'modified' | 'deleted'
  /** On disk; of a deleted path what was recorded. */
  kind: EntryKind
  /** Bytes on disk; 0 of a deleted one. */
  size: number
  /** In the base manifest. */
  before?: Entry
  found?: ScanEntry
  /** Of a file, where it had to be read or the stat cache knows it. */
  content?: ContentId
  /** Of a symbolic link. */
  target?: string
}

/** A recorded file that is not on disk, which is no change. */
export interface Hole {
  path: string
  entry: FileEntry
  reason: HoleReason
}

export interface WorkingChangesOptions extends SuspectOptions {
  /** Write what was learned into the stat cache: true with the lock on the working directory held, 'if-free' takes it
   * for that moment, unless another process has it or nothing can be written. */
  remember?: boolean | 'if-free'
  /** Called for each recorded file that is not on disk because it was purged, or lost. */
  onHole?: (hole: Hole) => void
}

/** Changes in manifest order, in batches. Reads only files whose size is as recorded and whose stat is not. */
export async function* workingChanges(
  tree: WorkTree,
  base: BaseManifest,
  options: WorkingChangesOptions = {},
): AsyncGenerator<WorkingChange[]> {
  const updates = updatesFor(tree, options)
  const use = openStatCache(tree, base, options)
  let finished = false
  try {
    for await (const batch of judgeAll(tree, findSuspects(tree, base, { ...options, use }), options)) {
      const changes: WorkingChange[] = []
      for (const { suspect, judgement } of batch) {
        if (updates) learn(updates, suspect, judgement)
        if (judgement.verdict === 'hole') options.onHole?.(toHole(suspect))
        const change = toChange(tree, suspect, judgement)
        if (change) changes.push(change)
      }
      if (changes.length > 0) yield changes
    }
    finished = true
  } finally {
    if (updates && finished) remember(tree, updates, { base, use, options })
    updates?.abandon()
  }
}

/** Where what is learned goes, if anywhere. */
function updatesFor(tree: WorkTree, { remember, include }: WorkingChangesOptions): CacheUpdates | undefined {
  if (!remember || include) return undefined
  try {
    return new CacheUpdates(tree, readFileClock(tree.workdir.dvDir))
  } catch (error) {
    if (remember === 'if-free' && error instanceof DvError) return undefined
    throw error
  }
}

function remember(
  { workdir }: WorkTree,
  updates: CacheUpdates,
  { base, use, options }: { base: BaseManifest; use: CacheInUse; options: WorkingChangesOptions },
): void {
  if (updates.isEmpty && use.inStep) return
  const lock = options.remember === 'if-free' ? lockIfFree(workdir.dvDir) : undefined
  if (options.remember === 'if-free' && !lock) return
  try {
    // Another process may have written a newer cache, which what was learned here is not about.
    if (updates.isCurrent)
      updates.merge({ from: base, to: base, full: true, replace: options.rehash === true })
  } finally {
    lock?.release()
  }
}

function lockIfFree(dvDir: string): WorkdirLock | undefined {
  try {
    return lockWorkdir(dvDir)
  } catch (error) {
    if (error instanceof DvError) return undefined
    throw error
  }
}

interface Judged {
  suspect: Suspect
  judgement: Judgement
}

async function* judgeAll(
  tree: WorkTree,
  suspects: AsyncIterable<Suspect[]>,
  options: SuspectOptions,
): AsyncGenerator<Judged[]> {
  const { signal, onProgress } = options
  const hash = { pool: tree.pool, ...(signal && { signal }), ...(onProgress && { onProgress }) }
  const judged = async function* () {
    for await (const batch of suspects) {
      yield batch.map((suspect): Judged => ({ suspect, judgement: judge(tree, suspect) }))
    }
  }
  const stage = {
    job: ({ suspect: { path, found }, judgement }: Judged) =>
      judgement.verdict === 'unsure' ? { path, size: found!.size } : undefined,
    work: (files: AsyncIterable<{ path: string; size: number }>) => hashFiles(files, hash),
    isOf: ({ path }: HashedFile, { suspect }: Judged) => path === suspect.path,
  }
  for await (const batch of throughWork(judged(), stage)) {
    yield batch.map(({ item, waited, result }) => (waited ? settle(tree, item.suspect, result) : item))
  }
}

function settle(tree: WorkTree, suspect: Suspect, result: HashedFile | undefined): Judged {
  const { found: before, ...rest } = suspect
  if (!result) return { suspect: rest, judgement: { verdict: suspect.recorded ? 'deleted' : 'gone' } }
  const found = { ...before!, ...result.stat }
  return {
    suspect: { ...rest, found },
    judgement: judgeContent(tree, { ...rest, found }, result.content),
  }
}

/** Every recorded path keeps its place in the cache, so that the cache stands for the whole manifest. */
function learn(updates: CacheUpdates, suspect: Suspect, judgement: Judgement): void {
  const { path, found, known, recorded } = suspect
  const inBase = judgement.verdict === 'same'
  if (judgement.verdict === 'gone') return updates.drop(path)
  const content = 'content' in judgement ? judgement.content : undefined
  const kind = found?.kind ?? recorded!.kind
  if (found && (content !== undefined || kind === 'directory')) {
    if (suspect.statSame && suspect.inBase === inBase) return
    return updates.put({ ...found, content, inBase })
  }
  // A file that nothing is known of is remembered only where the manifest has it; one that is gone too.
  if (!recorded) {
    if (known) updates.drop(path)
  } else if (!(known && isNothingKnown(known) && suspect.inBase === false)) {
    updates.put(nothingKnown(path, kind))
  }
}

function toHole({ path, recorded, hole }: Suspect): Hole {
  return { path, entry: recorded as FileEntry, reason: hole! }
}

function toChange(tree: WorkTree, suspect: Suspect, judgement: Judgement): WorkingChange | undefined {
  const { path, found, recorded } = suspect
  const { verdict } = judgement
  if (verdict === 'same' || verdict === 'gone' || verdict === 'hole' || verdict === 'unsure') return undefined
  if (verdict === 'deleted') {
    return { path, type: 'deleted', kind: recorded!.kind, size: 0, before: recorded! }
  }
  const { content, target } = judgement
  return {
    path,
    type: verdict,
    kind: kindOnDisk(tree, found!.kind, recorded),
    size: found!.size,
    found: found!,
    ...(recorded && { before: recorded }),
    ...(content && { content }),
    ...(target !== undefined && { target }),
  }
}
