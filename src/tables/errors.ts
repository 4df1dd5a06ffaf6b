// What is wrong with a table, said of its file and line: DuckDB's own words name files of a temporary folder.
import { DvError, isDvError } from '../base/index.js'

export function badTable(path: string, what: string, line?: number): DvError {
  return new DvError('DV_BAD_TABLE', `'${path}' cannot be read as a table: ${what}`, {
    data: { path, ...(line !== undefined && { line }) },
    hint: "'dv diff --lines' compares text by lines, whatever it holds",
  })
}

export function badEncoding(path: string, encoding: string, line?: number): DvError {
  const where = line === undefined ? '' : ` in line ${line}`
  return new DvError('DV_BAD_ENCODING', `'${path}' is not UTF-8: ${encoding}${where}`, {
    data: { path, ...(line !== undefined && { line }) },
    hint: `convert it: iconv -f ${encoding.includes('UTF-16') ? 'UTF-16' : 'LATIN1'} -t UTF-8`,
  })
}

function raggedRow(
  path: string,
  line: number,
  { found, wanted }: Record<'found' | 'wanted', string>,
): DvError {
  return new DvError(
    'DV_BAD_TABLE',
    `Line ${line} of '${path}' has ${found} ${found === '1' ? 'cell' : 'cells'}, where the head has ${wanted}`,
    {
      data: { path, line, found: Number(found), wanted: Number(wanted) },
      hint: 'a cell that holds the separator stands in double quotes',
    },
  )
}

/** The failure of a query over the table files `sides`, by their names on disk. */
export function tableError(error: unknown, sides: readonly { path: string; file: string }[]): unknown {
  if (!isDvError(error, 'DV_QUERY_FAILED') && !isDvError(error, 'DV_BAD_SQL')) return error
  // What DuckDB says of a place is one of dv's own statement.
  const message = error.message.replace(/ \(line \d+, column \d+\)$/, '')
  const side = sides.find(({ file }) => message.includes(file)) ?? sides[0]!
  const path = side.path
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1] ?? / in line (\d+)/.exec(message)?.[1]
  const at = line === undefined ? undefined : Number(line)
  const [, wanted, found] = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message) ?? []
  if (found !== undefined && at !== undefined) return raggedRow(path, at, { found, wanted: wanted! })
  if (/Invalid unicode|not utf-8 encoded|invalid UTF-8/i.test(message))
    return badEncoding(path, 'bytes of another encoding', at)
  if (/unterminated quote/.test(message))
    return badTable(path, `line ${at} begins a quote that never ends`, at)
  if (/state machine reached an invalid state/.test(message))
    return badTable(path, 'its quotes or its line ends are mixed')
  const json =
    /(?:Malformed JSON|JSON transform error).*?(?:line|record\/value) (\d+): (.*?)(?: Try|$)/s.exec(message)
  if (json) return badTable(path, `${json[2]} (record ${json[1]})`, Number(json[1]))
  return /CSV|JSON|[Pp]arquet|Snappy|ZSTD/.test(message)
    ? badTable(path, message.replaceAll(side.file, path))
    : error
}
