// One value of a mutable name, as a file that notices damage. Format: spec/09-layout.md, "Version files"
import { corrupt, fromUtf8, utf8 } from '../base/index.js'
import { checksum, toHex } from '../hash/index.js'

export interface Version {
  /** 1 for the first value of a name, then one more for each: deletions count too. */
  n: number
  /** 32 hex digits, random: two writers never make the same version. */
  nonce: string
  /** The nonce of version n - 1; absent in the first. */
  previous?: string
  /** Of versions n - 2, n - 3, …: the first 16 digits of their nonces, at most 12. On servers only, where a writer whose
   * answer was lost looks for its own. */
  before?: readonly string[]
  /** Absent: the name was deleted. */
  bytes?: Uint8Array
}

const FORMAT = 1
const SUM_BYTES = 65
const HEADER_BYTES_MAX = 512
const BEFORE_MAX = 12
const BEFORE_DIGITS = 16

export function encodeVersion(version: Version): Buffer {
  const { n, nonce, previous, before, bytes } = version
  const header = {
    version: FORMAT,
    n,
    nonce,
    ...(previous === undefined ? {} : { previous }),
    ...(before === undefined ? {} : { before }),
    ...(bytes === undefined ? { deleted: true } : { length: bytes.length }),
  }
  const body = Buffer.concat([utf8(`${JSON.stringify(header)}\n`), bytes ?? Buffer.alloc(0)])
  return Buffer.concat([body, utf8(`${toHex(checksum(body))}\n`)])
}

/** Reads a version file. Throws DV_CORRUPT, naming `what`, when one bit of it differs from what was written. */
export function decodeVersion(file: Uint8Array, what: string): Version {
  const damaged = (reason: string) => corrupt(`'${what}' is damaged: ${reason}`, { path: what })
  const body = file.subarray(0, Math.max(0, file.length - SUM_BYTES))
  const sum = Buffer.from(file.subarray(body.length)).toString('latin1')
  if (sum !== `${toHex(checksum(body))}\n`) throw damaged('its checksum does not match')
  const end = body.subarray(0, HEADER_BYTES_MAX).indexOf(0x0a)
  const header = end < 0 ? undefined : parse(body.subarray(0, end))
  if (header?.version !== FORMAT) throw damaged('it is of an unknown version')
  const { n, nonce, previous, before, deleted } = header
  const bytes = body.subarray(end + 1)
  const sound =
    Number.isSafeInteger(n) &&
    isNonce(nonce) &&
    (previous === undefined || isNonce(previous)) &&
    (before === undefined || isBefore(before)) &&
    bytes.length === (deleted === true ? 0 : header.length)
  if (!sound) throw damaged('its header makes no sense')
  const version: Version = { n: n as number, nonce: nonce as string }
  if (previous !== undefined) version.previous = previous as string
  if (before !== undefined) version.before = before as string[]
  if (deleted !== true) version.bytes = bytes
  return version
}

/** The version after `base` on a server, which remembers the versions before it. */
export function followUp(base: Version | undefined, nonce: string, bytes: Uint8Array | undefined): Version {
  const own = { nonce, ...(bytes && { bytes }) }
  if (base === undefined) return { n: 1, ...own }
  const { n, nonce: previous, previous: last, before = [] } = base
  if (last === undefined) return { n: n + 1, previous, ...own }
  const older = [last.slice(0, BEFORE_DIGITS), ...before]
  return { n: n + 1, previous, before: older.slice(0, BEFORE_MAX), ...own }
}

/** What `version` knows of the nonce of version `n`: all of it, its first digits, or nothing. */
export function nonceAt(version: Version, n: number): string | undefined {
  const { nonce, previous, before = [] } = version
  return n === version.n ? nonce : n === version.n - 1 ? previous : before[version.n - 2 - n]
}

function parse(header: Uint8Array): Record<string, unknown> | undefined {
  try {
    return (JSON.parse(fromUtf8(header)) ?? undefined) as Record<string, unknown> | undefined
  } catch {
    return undefined
  }
}

function isBefore(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= BEFORE_MAX &&
    value.every((one) => typeof one === 'string' && /^[0-9a-f]{16}$/.test(one))
  )
}

function isNonce(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)
}
