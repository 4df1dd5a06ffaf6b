import type { QueryAnswer, QueryFormat, QueryWritten } from '../api-types.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { rowFormat } from '../output-format.js'
import { size } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import { queryTable } from '../render/rows.js'

type Result =
  | { kind: 'rows'; answer: QueryAnswer }
  | { kind: 'records'; records: AsyncIterable<object> }
  | { kind: 'bytes'; bytes: AsyncIterable<Uint8Array> }
  | { kind: 'file'; written: QueryWritten }

export const query = defineCommand({
  name: 'query',
  summary: 'Ask SQL of files, commits and tables',
  usage: ['[--at REV] [--format FORMAT] [--output FILE] SQL', '[REPO@]REV SQL'],
  description: `
    Tables: 'files' (path, directory, name, extension, kind, size, id, commit, and each key of metadata),
    'commits', 'inputs', 'refs', diff('A', 'B'), and any CSV, TSV, JSON, Parquet or Arrow file of the tree by
    its path in quotes; 'REV:PATH' is one of another revision. SQL is DuckDB's. A query only looks: it cannot
    write, reach the network or read other files. Only table files that it names are fetched.`,
  options: {
    at: {
      type: 'string',
      value: 'REV',
      describe: 'what to ask: [REPO@]REV, default HEAD',
      complete: 'revision',
    },
    format: { type: 'string', value: 'FORMAT', describe: 'table, csv, json (one object a line) or parquet' },
    output: { type: 'string', short: 'o', value: 'FILE', describe: 'write it to FILE', complete: 'file' },
  },
  operands: { min: 1, max: 2 },
  examples: [
    {
      command: `dv query "SELECT extension, count(*), sum(size) FROM files GROUP BY ALL ORDER BY 3 DESC"`,
      what: 'what the data is made of',
    },
    {
      command: `dv query --at s3://lab/plates@v2 "SELECT path FROM files WHERE plate > 35" --format csv`,
      what: 'by metadata, in a bucket that nobody cloned',
    },
    {
      command: `dv query "SELECT * FROM diff('v1', 'v2') WHERE change = 'changed'"`,
      what: 'what a version changed',
    },
    {
      command: `dv query "SELECT * FROM 'cells.csv' c JOIN files f ON f.path = c.image"`,
      what: 'a table of the tree with its files',
    },
  ],
  async run({ options, operands }, { reader, work, global }): Promise<Result> {
    const { at, sql } = meant(operands, options.at)
    const format = rowFormat(options, (message) => usageError(query, message))
    const question = { ...work, sql, ...given({ at }) }
    const from = await reader()
    if (options.output !== undefined) {
      const asked = { ...question, format: format as QueryFormat, file: options.output }
      return { kind: 'file', written: await from.queryToFile(asked) }
    }
    if (global.json) return { kind: 'records', records: from.queryRecords(question) }
    if (format === 'table') return { kind: 'rows', answer: await from.query(question) }
    return { kind: 'bytes', bytes: from.queryBytes({ ...question, format }) }
  },
  json: (result) =>
    result.kind === 'records' ? result.records : result.kind === 'file' ? result.written : {},
  async render(result, screen) {
    if (result.kind === 'rows') await queryTable(result.answer, screen)
    else if (result.kind === 'bytes') for await (const part of result.bytes) await screen.bytes(part)
    else if (result.kind === 'file')
      screen.note(`Wrote ${size(result.written.bytes)} to '${safe(result.written.file)}'`)
  },
})

function meant(operands: readonly string[], at: string | undefined): { at: string | undefined; sql: string } {
  const [first = '', second] = operands
  if (second === undefined) return { at, sql: first }
  if (at !== undefined) throw usageError(query, 'Either --at REV, or REV before the SQL')
  return { at: first, sql: second }
}
