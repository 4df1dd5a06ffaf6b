// DuckDB's failures as dv tells them: one sentence, then the line it is about with a mark below it.
import { DvError, type DvErrorCode, nearest } from '../base/index.js'

/** What DuckDB says with `errors_as_json`. */
interface Failure {
  exception_type?: string
  exception_message: string
  /** Bytes of the statement before what it is about. */
  position?: string
  /** Names that could be meant, joined with commas. */
  candidates?: string
  error_subtype?: string
  name?: string
}

/** The failure of `sql`; what is not DuckDB's passes unchanged. */
export function sqlError(error: unknown, sql: string): unknown {
  if (error instanceof DvError || !(error instanceof Error)) return error
  const failure = read(error.message)
  const file = /^Cannot access (?:file|directory) "(.*)" - /s.exec(failure.exception_message)
  if (file) return noAccess(sql, file[1]!, failure)
  return badSql(sql, failure.exception_message, {
    code: codeOf(failure),
    ...(failure.position !== undefined && { position: Number(failure.position) }),
    nearest: nearestOf(failure),
    cause: error,
  })
}

function noAccess(sql: string, file: string, { position }: Failure): DvError {
  return badSql(sql, `SQL has no access to '${file}'`, {
    ...(position !== undefined && { position: Number(position) }),
    hint: 'it reads what it is given, not the disk and not the network',
  })
}

export interface BadSql {
  code?: DvErrorCode
  /** Bytes of `sql` before what it is about. */
  position?: number
  /** What could have been meant, best first. */
  nearest?: readonly string[]
  hint?: string
  cause?: unknown
}

/** A statement that is refused, with the place and what to do about it. */
export function badSql(sql: string, message: string, options: BadSql = {}): DvError {
  const { code = 'DV_BAD_SQL', position, nearest: names = [], hint, cause } = options
  const place = position === undefined ? undefined : placeIn(sql, position)
  const lines = [
    ...(place?.shown ?? []),
    ...(names.length > 0 ? [`did you mean ${names.map((name) => `'${name}'`).join(', ')}?`] : []),
    ...(hint === undefined ? [] : [hint]),
  ]
  return new DvError(
    code,
    `${sentence(message)}${place ? ` (line ${place.line}, column ${place.column})` : ''}`,
    {
      data: {
        ...(place && { line: place.line, column: place.column }),
        ...(names.length > 0 && { nearest: [...names] }),
      },
      ...(lines.length > 0 && { hint: lines.join('\n') }),
      cause,
    },
  )
}

/** The document, which a sentence of the binding may stand before. */
function read(message: string): Failure {
  const start = message.indexOf('{"exception_type"')
  if (start < 0) return { exception_message: message }
  try {
    return JSON.parse(message.slice(start)) as Failure
  } catch {
    return { exception_message: message }
  }
}

const OF_THE_STATEMENT = ['Parser', 'Syntax', 'Binder', 'Catalog', 'Permission', 'Not implemented']

function codeOf({ exception_type: type = '', exception_message: message }: Failure): DvErrorCode {
  if (/no space left on device/i.test(message)) return 'DV_DISK_FULL'
  return OF_THE_STATEMENT.includes(type) ? 'DV_BAD_SQL' : 'DV_QUERY_FAILED'
}

function nearestOf({ candidates, name, error_subtype: subtype }: Failure): string[] {
  if (candidates === undefined || subtype === 'NO_MATCHING_FUNCTION') return []
  const names = candidates.split(',').map((one) => one.trim().replace(/^.*\./, ''))
  return name === undefined ? names.slice(0, 3) : nearest(name, names)
}

/** DuckDB's first sentence, as dv writes one: what follows are its guesses, which are given otherwise. */
function sentence(message: string): string {
  const first = message
    .split(/\n(?:Did you mean|Candidate bindings|LINE \d)/, 1)[0]!
    .trim()
    .replace(/[.!]$/, '')
  return first.replaceAll('"', "'").replace(/\s*\n\s*/g, ' ')
}

interface Place {
  /** From 1, in characters. */
  line: number
  column: number
  /** The line and a mark below the place; of a long line the part around it. */
  shown: string[]
}

const SHOWN_BEFORE = 60
const SHOWN = 100

function placeIn(sql: string, position: number): Place | undefined {
  const bytes = Buffer.from(sql)
  if (!(position >= 0 && position <= bytes.length)) return undefined
  const before = bytes.subarray(0, position).toString().split('\n')
  const column = [...before.at(-1)!].length + 1
  const line = [...sql.split('\n')[before.length - 1]!]
  const from = line.length > SHOWN ? Math.max(0, column - SHOWN_BEFORE) : 0
  const text = line
    .slice(from, from + SHOWN)
    .join('')
    .replaceAll('\t', ' ')
  return { line: before.length, column, shown: [text, `${' '.repeat(column - 1 - from)}^`] }
}
