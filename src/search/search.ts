// A search: the index is brought up to what is asked of, then asked.
import { unknownKey } from '../expression/index.js'
import { type CommitId, type ManifestId, toHex } from '../hash/index.js'
import { readCommit, walkCommits } from '../history/index.js'
import { lookupMany } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import type { ObjectStore } from '../store/index.js'
import { ensureCommitRows } from './commit-rows.js'
import { indexDamage, isIndexDamage } from './damage.js'
import type { Documents } from './documents.js'
import { type Extract, extractOf, type IsWanted, marksIn, wantedWords } from './extract.js'
import { type Clause, parseQuestion } from './question.js'
import { type Hit, rank } from './rank.js'
import { readTexts } from './read-texts.js'
import { KINDS, type Rows } from './rows.js'
import { ensureTreeRows, type Indexing } from './tree-rows.js'

export interface SearchHit {
  kind: (typeof KINDS)[number]
  /** Of an entry. */
  path?: string
  /** Of a commit, in hex. */
  commit?: string
  score: number
  /** Where in the path words stand. */
  pathMarks?: Extract['marks']
  /** Of what the file or the commit's message says. */
  extract?: Extract
}

export interface SearchResult {
  hits: SearchHit[]
  /** How many have all that was asked for. */
  total: number
  /** Entries and commits that were searched, and files whose text is not here. */
  searched: { entries: number; commits: number; notIndexed: number }
}

export interface Search extends Indexing {
  commit: CommitId
  question: string
  limit: number
}

/** Keys that a wrong one is compared with. */
const KEYS_COMPARED_MAX = 1000
/** How far back rows are looked for that can be brought up to date. */
const ANCESTORS_MAX = 256

/** Throws DV_USAGE, or DV_UNKNOWN_COLUMN for a key that nothing has. A damaged index is made anew. */
export async function search(work: Search): Promise<SearchResult> {
  const clauses = parseQuestion(work.question)
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(work, clauses)
    } catch (error) {
      if (attempt === ATTEMPTS || !isIndexDamage(error)) throw error
      work.folder.clear()
    }
  }
}

const ATTEMPTS = 2

async function ask(work: Search, clauses: readonly Clause[]): Promise<SearchResult> {
  const { store, folder, purged, commit, limit } = work
  const { manifest } = await readCommit(store, commit)
  const entries = await ensureTreeRows(work, manifest, ancestorsOf(store, commit))
  const commits = await ensureCommitRows(work, commit)
  const { root, documents } = folder.open(purged)
  try {
    if (root.id !== entries.index || root.id !== commits.index)
      throw indexDamage('it was made anew meanwhile')
    refuseUnknownKeys(documents, clauses)
    const { hits, total } = rank(documents, { tables: [entries, commits], clauses, limit })
    const searched = { entries: entries.count, commits: commits.count, notIndexed: entries.absent }
    return {
      hits: await tell(work, { hits, entries, commits, documents, clauses, manifest }),
      total,
      searched,
    }
  } finally {
    documents.close()
  }
}

async function* ancestorsOf(store: ObjectStore, tip: CommitId): AsyncGenerator<ManifestId> {
  for await (const { commit } of walkCommits(store, [tip], { limit: ANCESTORS_MAX })) yield commit.manifest
}

function refuseUnknownKeys(documents: Documents, clauses: readonly Clause[]): void {
  for (const { ask } of clauses) {
    if (ask.type !== 'words' || ask.key === undefined) continue
    const keys = documents.keys(KEYS_COMPARED_MAX)
    const folded = ask.key.normalize('NFKC').toLowerCase()
    if (keys.includes(folded)) continue
    throw unknownKey(ask.key, {
      known: keys,
      columns: ['message'],
      otherwise: `to look for a text with a colon, quote it: '"${ask.key}:…"'`,
    })
  }
}

interface Found {
  hits: readonly Hit[]
  entries: Rows
  commits: Rows
  documents: Documents
  clauses: readonly Clause[]
  manifest: ManifestId
}

async function tell(work: Search, found: Found): Promise<SearchHit[]> {
  const isWanted = wantedWords(found.clauses)
  const told: SearchHit[] = []
  for (const hit of found.hits)
    told.push(
      await (hit.table === 0
        ? tellEntry(work, { ...found, hit, isWanted })
        : tellCommit(work, { ...found, hit, isWanted })),
    )
  return told
}

interface Telling extends Found {
  hit: Hit
  isWanted: IsWanted
}

async function tellEntry(
  { store, signal }: Search,
  { hit, entries, documents, manifest, isWanted }: Telling,
): Promise<SearchHit> {
  const path = documents.text(entries.fields.place![hit.row]!)
  const [entry] = await lookupMany(store, manifest, [path])
  const [text] = entry && isFile(entry) ? await readTexts(store, [entry], signal) : []
  const extract = text === undefined ? undefined : extractOf(textFrom(text), isWanted)
  return {
    ...{ kind: KINDS[entries.kinds[hit.row]!]!, path, score: hit.score, pathMarks: marksIn(path, isWanted) },
    ...(extract && { extract }),
  }
}

function textFrom(text: Uint8Array | string): string {
  return typeof text === 'string'
    ? text
    : Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8')
}

async function tellCommit({ store }: Search, { hit, commits, isWanted }: Telling): Promise<SearchHit> {
  const id = commits.ids!.subarray(hit.row * 32, hit.row * 32 + 32) as CommitId
  const { message } = await readCommit(store, id)
  const extract = extractOf(message, isWanted) ?? extractOf(message, () => true)
  return { kind: 'commit', commit: toHex(id), score: hit.score, ...(extract && { extract }) }
}
