// The tables of what is around files: commits, what they were made from, refs, differences.
import { type CommitId, type ManifestId, toHex } from '../hash/index.js'
import { type Input, inputsIn, walkCommits, type WalkedCommit } from '../history/index.js'
import { type Change, diffManifests, loadMetadata } from '../manifest/index.js'
import { type Entry, entrySize, isFile } from '../objects/index.js'
import type { Sql, SqlRow } from '../sql/index.js'
import type { ObjectReader } from '../store/index.js'
import { metadataJson } from './metadata-text.js'

export interface RefRow {
  /** 'main', 'origin/main', 'v1'. */
  name: string
  kind: 'branch' | 'tag' | 'remote'
  commit: CommitId
}

export interface Reading {
  reader: ObjectReader
  signal?: AbortSignal
}

const BATCH_ROWS = 1024

/** All commits that lead to `tip`. */
export async function fillCommits(db: Sql, { reader, signal }: Reading, tip: CommitId): Promise<void> {
  await db.run(`CREATE TABLE commits (id VARCHAR, parents VARCHAR[], author VARCHAR, email VARCHAR, time TIMESTAMP,
    committer VARCHAR, committed TIMESTAMP, subject VARCHAR, message VARCHAR, meta JSON)`)
  async function* rows(): AsyncGenerator<SqlRow[]> {
    let batch: SqlRow[] = []
    for await (const walked of walkCommits(reader, [tip])) {
      signal?.throwIfAborted()
      if (batch.push(commitRow(walked)) < BATCH_ROWS) continue
      yield batch
      batch = []
    }
    yield batch
  }
  await db.append('commits', rows())
}

function commitRow({ id, commit: { parents, author, committer, message, metadata } }: WalkedCommit): SqlRow {
  return [
    ...[toHex(id), parents.map(toHex), author.name, author.email, author.time],
    ...[committer.name, committer.time, message.split('\n', 1)[0]!, message, metadataJson(metadata)],
  ]
}

/** What the commits that lead to `tip` were made from. */
export async function fillInputs(db: Sql, { reader, signal }: Reading, tip: CommitId): Promise<void> {
  await db.run(`CREATE TABLE inputs ("commit" VARCHAR, url VARCHAR, store VARCHAR, revision VARCHAR, source VARCHAR,
    path VARCHAR, expression VARCHAR, id VARCHAR)`)
  async function* rows(): AsyncGenerator<SqlRow[]> {
    for await (const { id, commit } of walkCommits(reader, [tip])) {
      signal?.throwIfAborted()
      const inputs = inputsIn(commit.metadata)
      if (inputs.length > 0) yield inputs.map((input) => inputRow(toHex(id), input))
    }
  }
  await db.append('inputs', rows())
}

function inputRow(made: string, { url, store, revision, commit, path, where, id }: Input): SqlRow {
  return [made, url, store, revision, commit, path, where, id]
}

export async function fillRefs(db: Sql, refs: readonly RefRow[]): Promise<void> {
  await db.run('CREATE TABLE refs (name VARCHAR, kind VARCHAR, "commit" VARCHAR)')
  await db.append('refs', [refs.map(({ name, kind, commit }) => [name, kind, toHex(commit)])])
}

/** Two revisions as a query names them. */
export interface Comparison {
  names: readonly [before: string, after: string]
  manifests: readonly [before: ManifestId, after: ManifestId]
}

/** The table function `diff('A', 'B')`: a table of all comparisons, of which it selects one. */
export async function fillDiffs(
  db: Sql,
  reading: Reading,
  comparisons: readonly Comparison[],
): Promise<void> {
  const side = (name: string) =>
    `${name}_kind VARCHAR, ${name}_size BIGINT, ${name}_id VARCHAR, ${name}_meta JSON`
  await db.run(`CREATE TABLE differences (_from VARCHAR, _to VARCHAR, path VARCHAR, change VARCHAR,
    ${side('before')}, ${side('after')})`)
  for (const comparison of comparisons) await db.append('differences', diffRows(reading, comparison))
  await db.run(`CREATE MACRO diff(a, b) AS TABLE
    SELECT * EXCLUDE (_from, _to) FROM differences WHERE _from = a AND _to = b`)
}

async function* diffRows(
  { reader, signal }: Reading,
  { names, manifests }: Comparison,
): AsyncGenerator<SqlRow[]> {
  for await (const changes of diffManifests(reader, manifests)) {
    signal?.throwIfAborted()
    yield await Promise.all(changes.map(async (change) => [...names, ...(await diffRow(reader, change))]))
  }
}

async function diffRow(reader: ObjectReader, { path, before, after }: Change): Promise<SqlRow> {
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  return [path, change, ...(await sideRow(reader, before)), ...(await sideRow(reader, after))]
}

async function sideRow(reader: ObjectReader, entry: Entry | undefined): Promise<SqlRow> {
  if (!entry) return [undefined, undefined, undefined, undefined]
  const id = isFile(entry) ? toHex(entry.content) : undefined
  return [entry.kind, entrySize(entry), id, metadataJson(await loadMetadata(reader, entry))]
}
