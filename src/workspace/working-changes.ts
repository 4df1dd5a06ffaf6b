// How a working directory differs from a manifest: what `dv status` shows and a checkout must not run over.
import { type HashedFile, hashFiles } from '../content/index.js'
import type { ContentId } from '../hash/index.js'
import type { Entry, EntryKind } from '../objects/index.js'
import { CacheUpdates } from './cache-updates.js'
import { readFileClock } from './file-clock.js'
import { judge, judgeContent, type Judgement, kindOnDisk } from './judge.js'
import type { ScanEntry } from './scan.js'
import { findSuspects, type Suspect, type SuspectOptions } from './suspects.js'
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

export interface WorkingChangesOptions extends SuspectOptions {
  /** Write what was learned into the stat cache: only with the lock on the working directory held. */
  remember?: boolean
}

/** Changes in manifest order, in batches. Reads only files whose size is as recorded and whose stat is not. */
export async function* workingChanges(
  tree: WorkTree,
  base: BaseManifest,
  options: WorkingChangesOptions = {},
): AsyncGenerator<WorkingChange[]> {
  const updates = new CacheUpdates(tree, readFileClock(tree.workdir.dvDir))
  let finished = false
  try {
    for await (const batch of findSuspects(tree, base, options)) {
      const changes: WorkingChange[] = []
      for (const { suspect, judgement } of await judgeAll(tree, batch, options)) {
        learn(updates, suspect, judgement)
        const change = toChange(tree, suspect, judgement)
        if (change) changes.push(change)
      }
      if (changes.length > 0) yield changes
    }
    finished = true
  } finally {
    const keep = finished && options.remember && !options.include && !updates.isEmpty
    if (keep) updates.merge({ from: base, to: base, full: true })
    else updates.abandon()
  }
}

interface Judged {
  suspect: Suspect
  judgement: Judgement
}

async function judgeAll(
  tree: WorkTree,
  batch: readonly Suspect[],
  options: SuspectOptions,
): Promise<Judged[]> {
  const judged = batch.map((suspect) => ({ suspect, judgement: judge(tree, suspect) }))
  const unsure = judged.filter(({ judgement }) => judgement.verdict === 'unsure')
  if (unsure.length === 0) return judged
  const files = unsure.map(({ suspect }) => ({ path: suspect.path, size: suspect.found!.size }))
  const hashed = new Map<string, HashedFile>()
  for await (const results of hashFiles(files, { pool: tree.pool, ...options })) {
    for (const result of results) hashed.set(result.path, result)
  }
  return judged.map((item) =>
    item.judgement.verdict === 'unsure' ? settle(tree, item.suspect, hashed) : item,
  )
}

function settle(tree: WorkTree, suspect: Suspect, hashed: ReadonlyMap<string, HashedFile>): Judged {
  const result = hashed.get(suspect.path)
  if (!result) return { suspect, judgement: { verdict: suspect.recorded ? 'deleted' : 'gone' } }
  const found = { ...suspect.found!, ...result.stat }
  return {
    suspect: { ...suspect, found },
    judgement: judgeContent(tree, { ...suspect, found }, result.content),
  }
}

/** Every recorded path keeps its place in the cache, so that the cache stands for the whole manifest. */
function learn(updates: CacheUpdates, suspect: Suspect, judgement: Judgement): void {
  const { path, found, known, recorded } = suspect
  const inBase = judgement.verdict === 'same'
  if (judgement.verdict === 'gone') return updates.drop(path)
  if (!found) {
    if (known && !known.inBase) return
    const kind = recorded!.kind
    return updates.put({
      path,
      kind,
      size: 0,
      mtimeNs: FOREVER,
      ctimeNs: 0n,
      inode: 0n,
      content: undefined,
      inBase,
    })
  }
  const content = 'content' in judgement ? judgement.content : undefined
  if (!recorded && !content) return
  if (suspect.statSame && known?.inBase === inBase && known.content !== undefined) return
  updates.put({ ...found, content, inBase: inBase && (content !== undefined || found.kind === 'directory') })
}

/** A time that is never older than the clock: the entry vouches for nothing. */
const FOREVER = 2n ** 62n

function toChange(tree: WorkTree, suspect: Suspect, judgement: Judgement): WorkingChange | undefined {
  const { path, found, recorded } = suspect
  const { verdict } = judgement
  if (verdict === 'same' || verdict === 'gone' || verdict === 'unsure') return undefined
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
