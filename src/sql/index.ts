// sql: the one door to DuckDB, which nobody else imports. A database in memory, locked before anything is asked of it: it
// reads the files it was opened with and nothing else, knows no network and no extensions, and keeps to a memory limit;
// what is beyond that lies in a folder of its own for as long as it is open. Knows nothing of stores or manifests.
//
//   const db = await openSql({ temporary, readable: [cacheFolder] })   // throws when DuckDB is not installed
//   try {
//     await db.run('CREATE TABLE t (path VARCHAR, size BIGINT)')         // dv's own SQL: any statement
//     await db.append('t', batchesOfRows)                                // sync or async iterable of arrays of rows
//     const { columns, batches } = await db.query(text, { signal })      // SQL of a user: one SELECT, else DV_BAD_SQL
//     for await (const rows of batches) …                                // arrays of SqlValue, at most 2,048 at a time
//   } finally {
//     await db.close()
//   }
//
// Names and texts go into SQL through `quoteName` and `quoteText`, values better as parameters: run(sql, [values]).
// NULL is undefined; BIGINT and wider are bigint, narrower numbers and DOUBLE number, BLOB Uint8Array; DECIMAL, dates, times
// and the like are DuckDB's own text (UTC); lists are arrays, structs objects, maps arrays of {key, value}. Several queries may run at once.
export {
  type LongRun,
  openSql,
  type QueryOptions,
  type QueryResult,
  type Sql,
  type SqlOptions,
} from './database.js'
export { badSql } from './errors.js'
export { quoteName, quoteText } from './quote.js'
export { type FunctionCall, type Select, type TableName } from './select.js'
export { SQL_TYPES, type SqlColumn, type SqlRow, type SqlValue } from './values.js'
