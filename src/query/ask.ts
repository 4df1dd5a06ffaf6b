// A question in SQL: the tables it names are made, and no others, then it is asked.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, nearest, type OnProgress } from '../base/index.js'
import type { CommitId, ManifestId } from '../hash/index.js'
import { badSql, type Select, type Sql, type SqlColumn, type SqlRow } from '../sql/index.js'
import type { ObjectReader } from '../store/index.js'
import { explain, type TableFile as KeptTable } from '../tables/index.js'
import type { DerivedFolder } from './derived-folder.js'
import { makeFilesView } from './files-view.js'
import { fillCommits, fillDiffs, fillInputs, fillRefs, type RefRow } from './history-tables.js'
import { addTableFile, openTablesSql, type TableFile } from './table-file.js'

export interface Question {
  sql: string
  reader: ObjectReader
  /** What `files` and `commits` are of. */
  commit: CommitId
  refs: () => Promise<readonly RefRow[]>
  /** The manifest of a revision that SQL names. */
  manifestOf: (revision: string) => Promise<ManifestId>
  /** The file that a table's name means; undefined when there is none. */
  tableFile: (name: string) => Promise<TableFile | undefined>
  /** Paths that may have been meant, at most some thousands. */
  paths: () => Promise<readonly string[]>
  folder: DerivedFolder
  /** A folder for what does not fit into memory; removed at the end. */
  temporary: string
  signal?: AbortSignal
  onProgress?: OnProgress
}

export interface Answer {
  columns: SqlColumn[]
  batches: AsyncIterable<SqlRow[]>
  /** Must be called at the end, however it came about. */
  close(): Promise<void>
}

/** Throws DV_BAD_SQL for what is no query or names what is not there, and what fetching a table file throws. */
export async function ask(question: Question): Promise<Answer> {
  const opened = await open(question)
  try {
    const { columns, batches } = await opened.db.query(question.sql, opened.options)
    return { columns, batches: opened.named(batches), close: opened.close }
  } catch (error) {
    const named = await opened.rename(error)
    await opened.close()
    throw named
  }
}

/** The answer as a Parquet file, which is made at `file` inside `question.temporary`. */
export async function askForParquet(question: Question, file: string): Promise<void> {
  const opened = await open(question)
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    await opened.db.exportParquet(question.sql, { ...opened.options, file })
  } catch (error) {
    throw await opened.rename(error)
  } finally {
    await opened.close()
  }
}

async function open(question: Question) {
  const { folder, temporary, signal } = question
  const db = await openTablesSql({ folder, temporary })
  const kept: KeptTable[] = []
  const close = async () => {
    await db.close()
    fs.rmSync(temporary, { recursive: true, force: true })
  }
  const rename = async (error: unknown) => renamed(await explain(error, kept), kept)
  try {
    await makeTables(db, question, kept)
  } catch (error) {
    await close()
    throw await rename(error)
  }
  async function* named(batches: AsyncIterable<SqlRow[]>): AsyncGenerator<SqlRow[]> {
    try {
      yield* batches
    } catch (error) {
      throw await rename(error)
    }
  }
  const options = { tableFunctions: ['diff'], ...(signal && { signal }) }
  return { db, close, rename, named, options }
}

/** What is kept is called by its path in the tree. */
function renamed(error: unknown, kept: readonly KeptTable[]): unknown {
  if (!(error instanceof DvError)) return error
  let { message } = error
  for (const { file, path: name } of kept) message = message.replaceAll(file, name)
  const { code, hint, data, cause } = error
  return message === error.message
    ? error
    : new DvError(code, message, { ...(hint !== undefined && { hint }), data, cause })
}

const TABLES = ['files', 'commits', 'inputs', 'refs']

async function makeTables(db: Sql, question: Question, kept: KeptTable[]): Promise<void> {
  const select = await db.parse(question.sql)
  const made = new Set<string>()
  for (const { name, schema, position } of select.tables) {
    const lower = name.toLowerCase()
    if (schema !== '') throw dotted(question.sql, `${schema}.${name}`, position)
    if (made.has(lower)) continue
    made.add(lower)
    if (lower === 'files') await makeFilesView(db, question, { named: select.columns })
    else if (lower === 'commits') await fillCommits(db, question, question.commit)
    else if (lower === 'inputs') await fillInputs(db, question, question.commit)
    else if (lower === 'refs') await fillRefs(db, await question.refs())
    else await makeTable(db, question, { name, position, kept })
  }
  await makeDiffs(db, question, select)
}

interface NamedTable {
  name: string
  position: number
  kept: KeptTable[]
}

async function makeTable(db: Sql, question: Question, { name, position, kept }: NamedTable): Promise<void> {
  const { sql, folder } = question
  const file = await question.tableFile(name)
  if (file)
    return void kept.push(await addTableFile({ db, folder, temporary: question.temporary }, name, file))
  throw badSql(sql, `There is neither a table nor a file '${name}'`, {
    position,
    nearest: nearest(name, [...TABLES, ...(await question.paths())]),
    hint: `the tables are ${TABLES.join(', ')}, diff('A', 'B'), and files of the tree by their path: 'dir/name.csv'`,
  })
}

function dotted(sql: string, name: string, position: number): DvError {
  return badSql(sql, `There is no table ${name}`, {
    position,
    hint: `a path is written in quotes: '${name}'`,
  })
}

async function makeDiffs(db: Sql, question: Question, { tableFunctions }: Select): Promise<void> {
  const calls = tableFunctions.filter(({ name }) => name.toLowerCase() === 'diff')
  if (calls.length === 0) return
  const pairs = new Map<string, readonly [string, string]>()
  for (const { texts, position } of calls) {
    const [before, after] = texts
    if (texts.length !== 2 || before === undefined || after === undefined) {
      throw badSql(question.sql, 'diff() takes two revisions as texts', {
        position,
        hint: "like diff('v1', 'main')",
      })
    }
    pairs.set(JSON.stringify(texts), [before, after])
  }
  const comparisons = []
  for (const names of pairs.values()) {
    const manifests = [await question.manifestOf(names[0]), await question.manifestOf(names[1])] as const
    comparisons.push({ names, manifests })
  }
  await fillDiffs(db, question, comparisons)
}
