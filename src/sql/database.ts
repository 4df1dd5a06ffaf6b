// A database in memory: dv's own statements, rows that are put in, and queries of users, whose rows come as a stream.
import type * as DuckDB from '@duckdb/node-api'
import { DvError } from '../base/index.js'
import { append, type RowBatches } from './append.js'
import { type Engine, type EngineOptions, loadEngine, openLocked } from './engine.js'
import { badSql, sqlError } from './errors.js'
import { quoteText } from './quote.js'
import { parseSelect, type Select } from './select.js'
import { columnsOf, fromDuckDb, type SqlColumn, type SqlRow, type SqlValue } from './values.js'

export type SqlOptions = EngineOptions

/** What a statement takes that may run long. */
export interface LongRun {
  signal?: AbortSignal | undefined
  /** Told now and then how much of it is done, from 0 to 1, as far as DuckDB knows. */
  onShare?: ((share: number) => void) | undefined
}

const PROGRESS_EVERY_MS = 200

export interface QueryOptions {
  signal?: AbortSignal
  /** Table functions a user may call besides those that make rows of their arguments alone. */
  tableFunctions?: readonly string[]
}

export interface QueryResult {
  columns: SqlColumn[]
  /** To be read once; leaving it early ends the query. */
  batches: AsyncGenerator<SqlRow[]>
}

/** Table functions that make rows of their arguments: others look at the machine or change how the engine works. */
const TABLE_FUNCTIONS = ['range', 'generate_series', 'unnest', 'repeat', 'json_each', 'json_tree']

export async function openSql(options: SqlOptions): Promise<Sql> {
  const engine = loadEngine()
  const instance = await openLocked(engine, options)
  return new Sql(engine, { instance, connection: await instance.connect() })
}

export class Sql {
  readonly #engine: Engine
  readonly #instance: DuckDB.DuckDBInstance
  /** For dv's own statements, one after another. Each query has a connection to itself. */
  readonly #connection: DuckDB.DuckDBConnection
  readonly #closing = new AbortController()
  readonly #pending = new Set<Promise<unknown>>()

  constructor(
    engine: Engine,
    { instance, connection }: { instance: DuckDB.DuckDBInstance; connection: DuckDB.DuckDBConnection },
  ) {
    this.#engine = engine
    this.#instance = instance
    this.#connection = connection
  }

  /** Runs statements of dv's own, of any kind; the rows of the last. */
  async run(sql: string, values: readonly SqlValue[] = [], work: LongRun = {}): Promise<SqlRow[]> {
    const running = this.#running(sql, work.signal)
    const parameters = values.map((value) => this.#parameter(value))
    const stop = work.onShare && this.#watch(work.onShare)
    try {
      const result = await interruptible(running, this.#connection.runAndReadAll(sql, parameters))
      return result.getRows().map((row) => row.map(fromDuckDb))
    } finally {
      stop?.()
    }
  }

  /** Tells how far the statement is that runs now, until it is stopped. */
  #watch(onShare: (share: number) => void): () => void {
    const timer = setInterval(() => {
      const { percentage } = this.#connection.progress
      if (percentage >= 0) onShare(percentage / 100)
    }, PROGRESS_EVERY_MS)
    return () => clearInterval(timer)
  }

  /** Puts rows into a table of this database; undefined is NULL. BIGINT takes whole numbers and bigints, TIMESTAMP
   * milliseconds since 1970 or, as a bigint, microseconds (of TIMESTAMP_NS nanoseconds), DATE days, DECIMAL its digits
   * as a bigint, lists arrays. Returns how many there were. */
  async append(table: string, batches: RowBatches): Promise<number> {
    try {
      return await append(this.#engine, this.#connection, { table, batches })
    } catch (error) {
      throw sqlError(error, `append to ${table}`)
    }
  }

  /** What a user's statement names. Throws DV_BAD_SQL when it is not one SELECT. */
  async parse(sql: string): Promise<Select> {
    return parseSelect(async (...statement) => this.run(...statement), sql)
  }

  /** Runs a user's statement, which may be anything: only one SELECT is run. Errors while rows come are thrown by
   * `batches`. */
  async query(sql: string, options: QueryOptions = {}): Promise<QueryResult> {
    await this.#refuse(sql, options)
    const running = await this.#begin(sql, options)
    const { connection } = running
    try {
      const result = await interruptible(running, connection.stream(sql))
      return { columns: columnsOf(result), batches: rowsOf(result, running) }
    } catch (error) {
      connection.closeSync()
      throw error
    }
  }

  /** The rows of a user's statement as a Parquet file, in a folder this database was opened with. */
  async exportParquet(sql: string, options: QueryOptions & { file: string }): Promise<void> {
    await this.#refuse(sql, options)
    const running = await this.#begin(sql, options)
    const { connection } = running
    try {
      // First as it is, so that errors are about what was typed.
      await interruptible(running, connection.prepare(sql))
      const file = quoteText(options.file)
      const copy = connection.run(`COPY (${await this.#withoutComments(sql)}) TO ${file} (FORMAT parquet)`)
      await interruptible(running, copy)
    } finally {
      connection.closeSync()
    }
  }

  /** On a connection of its own. */
  async #begin(sql: string, { signal }: QueryOptions): Promise<Running> {
    const running = this.#running(sql, signal)
    const connection = await pending(this.#pending, this.#instance.connect())
    if (running.signal.aborted) connection.closeSync()
    running.signal.throwIfAborted()
    return { ...running, connection }
  }

  #running(sql: string, given: AbortSignal | undefined): Running {
    const closing = this.#closing.signal
    const signal = given ? AbortSignal.any([given, closing]) : closing
    signal.throwIfAborted()
    return { sql, connection: this.#connection, signal, pending: this.#pending }
  }

  /** As DuckDB writes it: without what would end a statement around it. */
  async #withoutComments(sql: string): Promise<string> {
    const [row] = await this.run('SELECT json_deserialize_sql(json_serialize_sql($1::VARCHAR))', [sql])
    return row![0] as string
  }

  async #refuse(sql: string, { tableFunctions = [] }: QueryOptions): Promise<void> {
    const allowed = [...TABLE_FUNCTIONS, ...tableFunctions]
    const { tableFunctions: calls } = await this.parse(sql)
    const call = calls.find(({ name }) => !allowed.includes(name.toLowerCase()))
    if (!call) return
    throw badSql(sql, `The function '${call.name}' makes no table in a query`, {
      position: call.position,
      hint: 'it reads what it is given, not the disk and not the network',
    })
  }

  #parameter(value: SqlValue): DuckDB.DuckDBValue {
    if (value === undefined) return null
    return value instanceof Uint8Array
      ? new this.#engine.DuckDBBlobValue(value)
      : (value as DuckDB.DuckDBValue)
  }

  /** Ends what still runs and frees all memory. */
  async close(): Promise<void> {
    this.#closing.abort(new DvError('DV_INTERRUPTED', 'The database was closed'))
    // Closing waits for DuckDB's threads: what they do must have been interrupted by then.
    await Promise.allSettled(this.#pending)
    this.#connection.closeSync()
    this.#instance.closeSync()
  }
}

interface Running {
  sql: string
  connection: DuckDB.DuckDBConnection
  signal: AbortSignal
  /** What is being done for all queries. */
  pending: Set<Promise<unknown>>
}

const INTERRUPT_EVERY_MS = 10

/** What DuckDB does for a query. An interrupt that comes before it has begun is lost, so it is repeated. */
async function interruptible<T>(running: Running, work: Promise<T>): Promise<T> {
  const { sql, connection, signal } = running
  let timer: NodeJS.Timeout | undefined
  const interrupt = () => {
    connection.interrupt()
    timer = setTimeout(interrupt, INTERRUPT_EVERY_MS)
  }
  signal.addEventListener('abort', interrupt, { once: true })
  try {
    return await pending(running.pending, work)
  } catch (error) {
    throw signal.aborted ? signal.reason : sqlError(error, sql)
  } finally {
    signal.removeEventListener('abort', interrupt)
    clearTimeout(timer)
  }
}

/** Closing waits for it. */
async function pending<T>(all: Set<Promise<unknown>>, work: Promise<T>): Promise<T> {
  all.add(work)
  try {
    return await work
  } finally {
    all.delete(work)
  }
}

async function* rowsOf(result: DuckDB.DuckDBResult, running: Running): AsyncGenerator<SqlRow[]> {
  try {
    for (;;) {
      running.signal.throwIfAborted()
      const chunk = await interruptible(running, result.fetchChunk())
      if (!chunk || chunk.rowCount === 0) return
      yield chunk.getRows().map((row) => row.map(fromDuckDb))
    }
  } finally {
    running.connection.closeSync()
  }
}
