import { DvError, ERROR_CODES, EXIT, fromSystemError, systemCode } from '../../base/index.js'
import { safe, safeTabs } from './escape.js'
import type { Style } from './style.js'

/** A failure as it is shown: `code` DV_BUG for what dv did not expect. */
export interface Failure {
  code: string
  message: string
  hint: string | undefined
  data: Record<string, unknown>
  exit: number
  stack: string | undefined
}

/** Refusals that no program causes: wherever they are met, they are told as what they are. */
const OF_THE_SYSTEM = ['EACCES', 'EPERM', 'EROFS', 'EIO', 'EDQUOT']

export function describeFailure(error: unknown, interrupted: boolean): Failure {
  const stack = error instanceof Error ? chain(error) : undefined
  if (interrupted || (error instanceof Error && error.name === 'AbortError')) {
    const message =
      error instanceof DvError && error.code === 'DV_INTERRUPTED' ? error.message : 'Interrupted'
    return { code: 'DV_INTERRUPTED', message, hint: undefined, data: {}, exit: EXIT.interrupted, stack }
  }
  if (error instanceof DvError) {
    const { code, message, hint, data } = error
    return { code, message, hint, data, exit: ERROR_CODES[code], stack }
  }
  if (systemCode(error) === 'ENOSPC') {
    const message = 'The disk is full'
    return { code: 'DV_DISK_FULL', message, hint: undefined, data: {}, exit: EXIT.failed, stack }
  }
  if (OF_THE_SYSTEM.includes(systemCode(error) ?? '')) {
    const { path = 'a file' } = error as NodeJS.ErrnoException
    return describeFailure(fromSystemError(error, 'use', path), interrupted)
  }
  const message = `This is a bug in dv: ${error instanceof Error ? error.message : String(error)}`
  const hint = 'DV_DEBUG=1 shows where it happened; please report it with that'
  return { code: 'DV_BUG', message, hint, data: {}, exit: EXIT.bug, stack }
}

/** What is printed on stderr, line ends included. */
export function renderFailure(failure: Failure, style: Style, debug: boolean): string {
  const lines = [`${style.red('error:')} ${safe(failure.message)}`]
  for (const [i, line] of (failure.hint ?? '').split('\n').entries()) {
    if (line !== '') lines.push(`${i === 0 ? `${style.dim('hint:')} ` : '      '}${safeTabs(line)}`)
  }
  if (debug) lines.push(...(failure.stack ?? 'no stack').split('\n').map(safeTabs))
  return `${lines.join('\n')}\n`
}

export function failureJson(failure: Failure, debug: boolean): string {
  const { code, message, hint, data, exit, stack } = failure
  return `${JSON.stringify({ error: { code, message, hint, data, exit, ...(debug ? { stack } : {}) } }, jsonValue)}\n`
}

/** Keeps a bigint in an error's data from failing the failure. */
function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function chain(error: Error): string {
  const own = error.stack ?? error.message
  return error.cause instanceof Error ? `${own}\ncaused by ${chain(error.cause)}` : own
}
