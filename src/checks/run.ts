// All rules of a file, one after the other, over a version that is given as a Subject.
import type { OnProgress } from '../base/index.js'
import type { Metadata, FileEntry } from '../objects/index.js'
import type { ImageShape } from '../images/index.js'
import type { Sql } from '../sql/index.js'
import type { TableFile } from '../tables/index.js'
import { checkFiles } from './check-files.js'
import { checkQuery } from './check-query.js'
import { checkTables } from './check-tables.js'
import type { Outcome } from './outcome.js'
import { type Against, listOf, type Rules } from './rules.js'

export interface SubjectFile {
  path: string
  entry: FileEntry
  /** With what it inherits. */
  metadata: Metadata
}

export interface FilesMeant {
  patterns: readonly string[]
  where?: string | undefined
}

/** A file as another version has it. */
export interface OtherVersion {
  /** How that version is called: 'v1', 'its parent'. */
  name: string
  /** Each content once, read as its version says; none: there was no such file. */
  tables: (() => Promise<TableFile>)[]
}

/** The version that is checked, and what of it can be had. */
export interface Subject {
  /** When it was committed, in milliseconds since 1970. */
  time: number
  /** Those that patterns name and an expression means, in the order of paths. */
  files(meant: FilesMeant): AsyncIterable<readonly SubjectFile[]>
  /** Whether one of them has changed since a time, in milliseconds. */
  changedSince(time: number, meant: FilesMeant): Promise<boolean>
  shapeOf(file: SubjectFile): Promise<ImageShape>
  /** Its rows, where the database may read them. Throws DV_NOT_A_TABLE. */
  table(file: Pick<SubjectFile, 'path' | 'entry'>): Promise<TableFile>
  otherVersion(against: Against, path: string): Promise<OtherVersion>
  query(sql: string): AsyncIterable<Record<string, unknown>>
  /** Paths that may have been meant, at most some thousands. */
  paths(): Promise<readonly string[]>
}

export interface Run {
  rules: Rules
  subject: Subject
  db: Sql
  /** Only these files, and no queries. */
  only?: ((path: string) => boolean) | undefined
  /** In the place of what the rules say. */
  against?: Against | undefined
  /** Findings of each rule. */
  limit: number
  onProgress?: OnProgress | undefined
  signal?: AbortSignal | undefined
}

/** In the order of the rule file. Throws DV_BAD_RULES for what only DuckDB can judge, as a regular expression. */
export async function* runRules(run: Run): AsyncGenerator<Outcome> {
  const { rules, only, signal } = run
  const { files = [], tables = [], queries = [] } = rules.file
  const total = files.length + tables.length + (only ? 0 : queries.length)
  let done = 0
  const next = () => {
    signal?.throwIfAborted()
    run.onProgress?.({ phase: 'Checking', done: done++, total, unit: 'rules' })
  }
  for (const [i, item] of files.entries()) {
    next()
    yield* checkFiles(run, item, `files[${i}]`)
  }
  for (const [i, item] of tables.entries()) {
    next()
    yield* checkTables(run, item, `tables[${i}]`)
  }
  if (only) return
  for (const [i, item] of queries.entries()) {
    next()
    yield await checkQuery(run, item, `queries[${i}]`)
  }
}

/** What an item is called. */
export function nameOf({ name, path }: { name?: string; path: string | readonly string[] }): string {
  return name ?? listOf(path).join(', ')
}
