// The rows of the commits that lead to one, newest first as far as they came so.
import { type CommitId, toHex } from '../hash/index.js'
import { walkCommits, type WalkedCommit } from '../history/index.js'
import { keepRows, keptRows, KINDS, type Rows } from './rows.js'
import { Session } from './session.js'
import { metadataDocument } from './tree-documents.js'
import { breathe, type Indexing } from './tree-rows.js'

/** How far back rows are looked for that can be brought up to date. */
const ANCESTORS_MAX = 256

/** Puts the rows of a commit and all before it into the folder, unless they are there. */
export async function ensureCommitRows(work: Indexing, tip: CommitId): Promise<Rows> {
  const { folder, purged, store, seen } = work
  const kept = keptRows(folder, nameOf(tip), folder.root(purged).id)
  if (kept) return kept
  const opened = folder.open(purged)
  const session = new Session(folder, opened, work.limits)
  try {
    const { id } = opened.root
    const { known, rows: before } = await nearestKept(work, { tip, index: id })
    const commits: WalkedCommit[] = []
    for await (const walked of walkCommits(store, [tip], { ...(known && { excluding: [known] }) }))
      commits.push(walked)
    const rows = await rowsOf(session, { commits, before, seen, index: id })
    await session.finish(breathe)
    await keepRows(folder, nameOf(tip), rows)
    return rows
  } finally {
    await session.close()
    opened.documents.close()
  }
}

function nameOf(commit: CommitId): string {
  return `commits-${toHex(commit)}`
}

async function nearestKept(
  { folder, store }: Indexing,
  { tip, index }: { tip: CommitId; index: string },
): Promise<{ known?: CommitId; rows?: Rows }> {
  for await (const { id } of walkCommits(store, [tip], { limit: ANCESTORS_MAX })) {
    const rows = keptRows(folder, nameOf(id), index)
    if (rows) return { known: id, rows }
  }
  return {}
}

interface Found {
  commits: readonly WalkedCommit[]
  before: Rows | undefined
  seen: string
  index: string
}

async function rowsOf(session: Session, { commits, before, seen, index }: Found): Promise<Rows> {
  const count = commits.length + (before?.count ?? 0)
  const message = session.column(count)
  const metadata = session.column(count)
  const ids = new Uint8Array(count * 32)
  for (const [row, { id, commit }] of commits.entries()) {
    ids.set(id, row * 32)
    message[row] = await session.findOrAdd(id, () => ({ pieces: [{ text: commit.message }] }))
    if (commit.metadata.size > 0) metadata[row] = await metadataDocument(session, commit.metadata)
  }
  if (before) {
    message.set(before.fields.message!, commits.length)
    metadata.set(before.fields.metadata!, commits.length)
    ids.set(before.ids!, commits.length * 32)
  }
  const kinds = new Uint8Array(count).fill(KINDS.indexOf('commit'))
  return { index, count, fields: { message, metadata }, kinds, ids, absent: 0, seen }
}
