// Failures say which line they are about: `data.line`, counted from 1, and the message begins with it.
import { DvError, isDvError } from '../base/index.js'

/** What cannot be a line. */
export function badLine(line: number, problem: string, hint?: string): DvError {
  return new DvError('DV_BAD_LINE', `Line ${line}: ${problem}`, {
    data: { line },
    hint: hint ?? "nothing was changed; 'dv help apply' shows what a line can be",
  })
}

/** The same failure, with the line it came from; 0: from none. */
export function atLine(line: number, error: unknown): unknown {
  if (line === 0 || !isDvError(error) || lineOf(error) !== undefined) return error
  const { code, message, hint, data } = error
  return new DvError(code, `Line ${line}: ${message}`, {
    data: { ...data, line },
    ...(hint !== undefined && { hint }),
    cause: error,
  })
}

export function lineOf({ data }: DvError): number | undefined {
  return typeof data['line'] === 'number' ? data['line'] : undefined
}
