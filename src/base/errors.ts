// Every failure dv reports is a DvError. Its code is stable, its wording is free. Registry: spec/errors.md.

/** Exit statuses of the program, by meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  conflict: 3,
  noRepository: 10,
  locked: 11,
  corrupt: 12,
  interrupted: 130,
  bug: 255,
} as const

/** All error codes and the exit status each ends the program with. */
export const ERROR_CODES = {
  DV_USAGE: EXIT.usage,
  DV_BAD_NAME: EXIT.usage,
  DV_BAD_REVISION: EXIT.usage,
  DV_BAD_ADDRESS: EXIT.usage,
  DV_BAD_PATTERN: EXIT.usage,
  DV_BAD_CONFIG: EXIT.usage,
  DV_BAD_LINE: EXIT.usage,
  DV_BAD_EXPRESSION: EXIT.usage,
  DV_BAD_SQL: EXIT.usage,
  DV_BAD_RULES: EXIT.usage,
  DV_BAD_VALUE: EXIT.usage,
  DV_BAD_TABLE: EXIT.usage,
  DV_BAD_ENCODING: EXIT.usage,
  DV_BAD_ATTRIBUTES: EXIT.usage,
  DV_BAD_IMAGE: EXIT.usage,
  DV_BAD_LOCK_FILE: EXIT.usage,
  DV_NO_MATCH: EXIT.failed,
  DV_NO_REPOSITORY: EXIT.noRepository,
  DV_NO_STORE: EXIT.noRepository,
  DV_ALREADY_EXISTS: EXIT.failed,
  DV_UNKNOWN_REVISION: EXIT.failed,
  DV_AMBIGUOUS_ID: EXIT.failed,
  DV_UNKNOWN_PATH: EXIT.failed,
  DV_UNKNOWN_COLUMN: EXIT.failed,
  DV_NOT_A_TABLE: EXIT.failed,
  DV_NO_RULES: EXIT.failed,
  DV_CHECKS_FAILED: EXIT.conflict,
  DV_BISECT_NOT_BEFORE: EXIT.usage,
  DV_BISECT_GOOD_IS_BAD: EXIT.failed,
  DV_BISECT_BAD_IS_GOOD: EXIT.failed,
  DV_BISECT_SKIPPED: EXIT.failed,
  DV_BISECT_COMMAND: EXIT.failed,
  DV_NOT_NUMBERS: EXIT.failed,
  DV_BAD_KEY: EXIT.failed,
  DV_UNKNOWN_REF: EXIT.failed,
  DV_UNKNOWN_DEPENDENCY: EXIT.failed,
  DV_NO_LOCK_FILE: EXIT.failed,
  DV_OTHER_STORE: EXIT.failed,
  DV_UNKNOWN_REMOTE: EXIT.failed,
  DV_NO_AUTHOR: EXIT.failed,
  DV_NOTHING_TO_COMMIT: EXIT.failed,
  DV_NOTHING_TO_UNDO: EXIT.failed,
  DV_WOULD_OVERWRITE: EXIT.conflict,
  DV_MERGE_CONFLICT: EXIT.conflict,
  DV_MERGE_IN_PROGRESS: EXIT.conflict,
  DV_UNFINISHED_CHECKOUT: EXIT.conflict,
  DV_NO_MERGE: EXIT.failed,
  DV_UNRELATED_HISTORIES: EXIT.conflict,
  DV_SUBSET_SOURCE: EXIT.conflict,
  DV_BRANCH_IN_USE: EXIT.failed,
  DV_REF_MOVED: EXIT.conflict,
  DV_COLLECTED: EXIT.conflict,
  DV_NOT_FAST_FORWARD: EXIT.conflict,
  DV_NOT_AS_EXPECTED: EXIT.conflict,
  DV_FORMAT_MISMATCH: EXIT.failed,
  DV_NEWER_FORMAT: EXIT.failed,
  DV_LOCKED: EXIT.locked,
  DV_NOT_FOUND: EXIT.failed,
  DV_ABSENT: EXIT.failed,
  DV_PURGED: EXIT.failed,
  DV_MISSING_OBJECT: EXIT.corrupt,
  DV_CORRUPT: EXIT.corrupt,
  DV_UNSAFE_PATH: EXIT.corrupt,
  DV_PATH_COLLISION: EXIT.failed,
  DV_UNREPRESENTABLE_PATH: EXIT.failed,
  DV_FILE_CHANGED: EXIT.failed,
  DV_PERMISSION: EXIT.failed,
  DV_READ_ONLY: EXIT.failed,
  DV_DISK_FULL: EXIT.failed,
  DV_IO: EXIT.failed,
  DV_NO_BUCKET: EXIT.failed,
  DV_NOT_A_STORE: EXIT.failed,
  DV_NO_CREDENTIALS: EXIT.failed,
  DV_BAD_CREDENTIALS: EXIT.failed,
  DV_EXPIRED_CREDENTIALS: EXIT.failed,
  DV_WRONG_REGION: EXIT.failed,
  DV_CLOCK_SKEW: EXIT.failed,
  DV_NETWORK: EXIT.failed,
  DV_TIMEOUT: EXIT.failed,
  DV_UNAVAILABLE: EXIT.failed,
  DV_TLS: EXIT.failed,
  DV_BAD_ANSWER: EXIT.failed,
  DV_UNCERTAIN: EXIT.failed,
  DV_QUERY_FAILED: EXIT.failed,
  DV_NO_CONDITIONAL_WRITES: EXIT.failed,
  DV_UNSUPPORTED: EXIT.failed,
  DV_INTERRUPTED: EXIT.interrupted,
} as const

export type DvErrorCode = keyof typeof ERROR_CODES

export interface DvErrorOptions {
  /** What the user can type next, as one sentence or command. */
  hint?: string
  /** The facts of the failure, JSON-serialisable: paths, ids, sizes. */
  data?: Record<string, unknown>
  cause?: unknown
}

/** A failure with a stable `code`. Message: sentence case, values in single quotes, no final stop. */
export class DvError extends Error {
  readonly code: DvErrorCode
  readonly hint: string | undefined
  readonly data: Record<string, unknown>

  constructor(code: DvErrorCode, message: string, options: DvErrorOptions = {}) {
    super(withoutPasswords(message), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'DvError'
    this.code = code
    this.hint = options.hint === undefined ? undefined : withoutPasswords(options.hint)
    this.data = cleaned(options.data ?? {})
  }
}

/** A text without the 'user:password@' of URLs in it: failures are printed, logged and pasted into reports. */
function withoutPasswords(text: string): string {
  // No scheme is longer; without a bound a long word would be begun at each of its letters.
  return text.replace(/([a-z][a-z0-9+.-]{1,31}:\/\/)[^\s/@:']*:[^\s/@']*@/gi, '$1')
}

function cleaned(data: Record<string, unknown>): Record<string, unknown> {
  const pairs = Object.entries(data)
  return Object.fromEntries(
    pairs.map(([key, value]) => [key, typeof value === 'string' ? withoutPasswords(value) : value]),
  )
}

/** Whether `error` is a DvError, of `code` if one is given. */
export function isDvError(error: unknown, code?: DvErrorCode): error is DvError {
  return error instanceof DvError && (code === undefined || error.code === code)
}

/** Whether what was to be read is damaged or gone: what else there is may be whole. */
export function isLoss(error: unknown): error is DvError {
  return isDvError(error, 'DV_CORRUPT') || isDvError(error, 'DV_MISSING_OBJECT')
}

/** Damage found in stored bytes: always code DV_CORRUPT, with what was being read. */
export function corrupt(what: string, data: Record<string, unknown> = {}): DvError {
  return new DvError('DV_CORRUPT', what, { data, hint: "run 'dv fsck' to list what is damaged" })
}

const SYSTEM_CODES: Record<string, DvErrorCode> = {
  EACCES: 'DV_PERMISSION',
  EPERM: 'DV_PERMISSION',
  EROFS: 'DV_READ_ONLY',
  ENOSPC: 'DV_DISK_FULL',
  EDQUOT: 'DV_DISK_FULL',
  ENOENT: 'DV_NOT_FOUND',
  ENAMETOOLONG: 'DV_UNREPRESENTABLE_PATH',
}

const SYSTEM_HINTS: Record<string, string> = {
  ENAMETOOLONG: "shorten the names on the way to it, or leave it out in '.dvignore'",
}

/** The operating system's code of an error (`ENOENT`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  // Node's own words for it, from rm.
  if (code === 'ERR_FS_EISDIR') return 'EISDIR'
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}

/** Turns an error of the operating system into a DvError that names `path`; anything else passes unchanged. */
export function fromSystemError(error: unknown, action: string, path: string): unknown {
  const code = systemCode(error)
  if (error instanceof DvError || code === undefined) return error
  return new DvError(SYSTEM_CODES[code] ?? 'DV_IO', `Cannot ${action} '${path}': ${reason(code)}`, {
    ...(SYSTEM_HINTS[code] !== undefined && { hint: SYSTEM_HINTS[code] }),
    data: { path, system: code },
    cause: error,
  })
}

function reason(code: string): string {
  const words: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    ENOENT: 'it does not exist',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of the path is not a directory',
    EMFILE: 'too many files are open',
    ENAMETOOLONG: 'the name is too long',
    EBUSY: 'another program has it open',
  }
  return words[code] ?? code
}
