// DuckDB itself: loaded when it is first used, and locked before it sees a query. Why so: spec/decisions/0032-query.md
import os from 'node:os'
import type * as DuckDB from '@duckdb/node-api'
import { DvError, load } from '../base/index.js'
import { quoteText } from './quote.js'

export type Engine = typeof DuckDB

export interface EngineOptions {
  /** A folder for what does not fit into memory: made when it is needed. */
  temporary: string
  /** Folders that may be read, with all below them; dv's own statements may write there too. */
  readable?: readonly string[]
  /** Bytes DuckDB may use; default 512 MiB. */
  memory?: number
  threads?: number
}

const MEMORY = 512 * 1024 * 1024
/** More than this of unsorted rows on disk is a query gone wrong, and a disk filled up. */
const TEMPORARY = '100GB'

export function loadEngine(): Engine {
  try {
    return load<Engine>('@duckdb/node-api')
  } catch (cause) {
    throw new DvError('DV_UNSUPPORTED', 'DuckDB, which dv queries with, is not installed for this platform', {
      hint: 'install dv again on this machine; what needs no SQL works without it',
      cause,
    })
  }
}

/** Nothing that is set here can be changed by a statement later. */
export async function openLocked(engine: Engine, options: EngineOptions): Promise<DuckDB.DuckDBInstance> {
  const { temporary, readable = [], memory = MEMORY, threads = os.availableParallelism() } = options
  const instance = await engine.DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memory}B`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    errors_as_json: 'true',
  })
  const connection = await instance.connect()
  await connection.run(`
    SET temp_directory = ${quoteText(temporary)};
    SET max_temp_directory_size = '${TEMPORARY}';
    SET TimeZone = 'UTC';
    SET enable_progress_bar = true;
    SET enable_progress_bar_print = false;
    SET allowed_directories = [${readable.map(quoteText).join(', ')}];
    SET enable_external_access = false;
    SET lock_configuration = true`)
  connection.closeSync()
  return instance
}
