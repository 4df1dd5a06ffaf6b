// The forms in which verbs that answer with rows write them: `--format`, `--output`.
import type { QueryFormat } from './api-types.js'

export const ROW_FORMATS = ['table', 'csv', 'json', 'parquet'] as const

const BY_ENDING: Record<string, QueryFormat> = { csv: 'csv', json: 'json', jsonl: 'json', parquet: 'parquet' }

/** What is asked for, else what the file's ending says, else CSV for a file and a table for eyes. */
export function rowFormat(
  { format, output }: { format: string | undefined; output: string | undefined },
  refuse: (message: string) => Error,
): QueryFormat | 'table' {
  const ending = /\.([a-z]+)$/i.exec(output ?? '')?.[1]?.toLowerCase() ?? ''
  const wanted = format ?? BY_ENDING[ending] ?? (output === undefined ? 'table' : 'csv')
  const found = ROW_FORMATS.find((one) => one === wanted)
  if (found === undefined) throw refuse(`'${wanted}' is no format: ${ROW_FORMATS.join(', ')}`)
  if (found === 'table' && output !== undefined) throw refuse('--output needs --format csv, json or parquet')
  return found
}
