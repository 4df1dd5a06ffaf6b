import { EXIT } from '../../base/index.js'
import type { DiffOptions, DiffRecord, QueryWritten } from '../api-types.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { rowFormat } from '../output-format.js'
import { size } from '../render/amounts.js'
import { type DiffForm, renderDiffRecord } from '../render/diff.js'
import { safe } from '../render/escape.js'
import { ROWS_OPTIONS, rowsMeant } from '../rows-options.js'
import { splitOperands } from '../revisions.js'

const USAGE = [
  '[OPTIONS] [-- PATHS]',
  '[OPTIONS] A [-- PATHS]',
  '[OPTIONS] A B [-- PATHS]',
  '[OPTIONS] [REPO@]A..B [-- PATHS]',
]

type Result =
  | { kind: 'records'; records: AsyncIterable<DiffRecord>; form: DiffForm; quiet: boolean }
  | { kind: 'bytes'; bytes: AsyncIterable<Uint8Array> }
  | { kind: 'file'; written: QueryWritten }

export const diff = defineCommand({
  name: 'diff',
  summary: 'Show changes between commits or files',
  usage: USAGE,
  description: `
    Without revisions, the working directory against HEAD; with A, against A; with A and B, B against A.
    'A...B' shows what B changed since it left A. REPO@ before both names another store. Text is compared by
    lines; other files by changed byte ranges, without reading them whole. With --json each record is a line.

    When PATHS is one CSV, TSV, JSON, JSON Lines, Parquet or Arrow file, its rows are compared: those with the
    same key are the same row. Without --key, or a key in .dvattributes, it is the first column, or set of up
    to three, that is never empty and never repeats; where there is none, rows are counted.

    Pictures and arrays that PATHS mean (PNG, JPEG, TIFF, OME-TIFF, NPY) are compared by shape, type, planes and
    pixels; notebooks, named or not, by cells.`,
  options: {
    stat: { type: 'flag', describe: 'names and sizes, no content' },
    'name-status': { type: 'flag', describe: 'only a letter (A, M, D, R) and the name' },
    'exit-code': { type: 'flag', describe: 'end with status 3 when there are differences' },
    patch: { type: 'flag', short: 'p', describe: 'with --json: hunks and byte ranges too' },
    unified: { type: 'count', short: 'U', value: 'N', describe: 'lines around each change (3)' },
    ...ROWS_OPTIONS,
  },
  operands: { max: Infinity, complete: 'revision' },
  pathsAfterDashes: true,
  optionsAfterPaths: true,
  examples: [
    { command: 'dv diff', what: 'what you changed since the last commit' },
    { command: 'dv diff v1 v2 --stat', what: 'what differs between two tags, by file' },
    { command: 'dv diff main -- labels.csv', what: 'one file against another branch' },
    { command: 'dv diff v1 v2 -- cells.csv --key id', what: 'the rows of a table, cell by cell' },
    { command: 'dv diff v1 v2 -o changes.csv -- cells.csv', what: 'the same as a file' },
    { command: 'dv diff v1 v2 -- plates/', what: 'which planes and pixels of images changed, and how far' },
    { command: 'dv diff --exit-code -q v1 v2', what: 'for scripts: only the exit status' },
  ],
  async run({ options, operands, paths }, { reader, global, work, exit }): Promise<Result> {
    const open = await reader()
    const split = await splitOperands(operands, paths, open)
    const form: DiffForm = options['name-status'] ? 'names' : options.stat ? 'stat' : 'full'
    const content = global.json ? options.patch : form === 'full' && !global.quiet
    const rows = form === 'full' && !global.quiet ? rowsMeant(options, split.paths) : undefined
    const fixed = { paths: split.paths, content, context: options.unified ?? 3, ...given({ rows }) }
    const format = rowFormat(options, (message) => usageError({ name: 'diff', usage: USAGE }, message))
    if (format !== 'table') {
      if (rows === undefined)
        throw usageError(
          { name: 'diff', usage: USAGE },
          '--format and --output are about rows: not with --lines, -p, -U or --stat',
        )
      const table = { ...work, ...sidesOf(split.revisions), paths: split.paths, context: 3, format }
      const wanted = { ...table, rows: { ...rows, summary: false, required: true } }
      if (options.output === undefined) return { kind: 'bytes', bytes: open.diffTableBytes(wanted) }
      return { kind: 'file', written: await open.diffTableToFile({ ...wanted, file: options.output }) }
    }
    const records = open.diff({ ...work, ...sidesOf(split.revisions), ...fixed })
    const watched = noticing(records, () => options['exit-code'] && exit(EXIT.conflict))
    return { kind: 'records', records: watched, form, quiet: global.quiet }
  },
  json: (result) =>
    result.kind === 'records' ? result.records : result.kind === 'file' ? result.written : {},
  async render(result, screen) {
    if (result.kind === 'bytes') for await (const part of result.bytes) await screen.bytes(part)
    if (result.kind === 'file')
      screen.note(`Wrote ${size(result.written.bytes)} to '${safe(result.written.file)}'`)
    if (result.kind !== 'records') return
    const { records, form, quiet } = result
    for await (const record of records) {
      if (quiet && record.type === 'change') break
      renderDiffRecord(record, form, screen)
      await screen.breathe()
    }
  },
})

function sidesOf(revisions: readonly string[]): Pick<DiffOptions, 'from' | 'to' | 'mergeBase'> {
  const [first, second, ...more] = revisions
  if (more.length > 0)
    throw usageError({ name: 'diff', usage: USAGE }, 'More than two revisions cannot be compared')
  return { mergeBase: false, ...given({ from: first, to: second }) }
}

async function* noticing(
  records: AsyncIterable<DiffRecord>,
  onChange: () => unknown,
): AsyncGenerator<DiffRecord> {
  for await (const record of records) {
    if (record.type === 'change') onChange()
    yield record
  }
}
