// Format: spec/03-encoding.md, "Sealed records": one line of JSON, one line of its checksum.
import { corrupt, fromUtf8, isDvError, utf8 } from '../base/index.js'
import { checksum, toHex } from '../hash/index.js'

/** Bytes of a small record that anyone can read and any damage to which is noticed. */
export function seal(record: object): Buffer {
  const body = utf8(`${JSON.stringify(record)}\n`)
  return Buffer.concat([body, utf8(`${toHex(checksum(body))}\n`)])
}

const SEAL_BYTES = 65

/** Reads a sealed record. Throws DV_CORRUPT, naming `what`, when one bit of it differs from what was sealed. */
export function unseal(bytes: Uint8Array, what: string): Record<string, unknown> {
  const end = bytes.length - SEAL_BYTES
  const damaged = (reason: string) => corrupt(`The ${what} is damaged: ${reason}`, { what })
  if (end < 3) throw damaged('it is too short')
  const body = bytes.subarray(0, end)
  const sum = Buffer.from(bytes.subarray(end)).toString('latin1')
  if (sum !== `${toHex(checksum(body))}\n`) throw damaged('its checksum does not match')
  const value = parse(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged('it is not a record')
  return value as Record<string, unknown>
}

/** Whether every bit is as it was sealed. */
export function isSealed(bytes: Uint8Array): boolean {
  try {
    unseal(bytes, '')
    return true
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return false
    throw error
  }
}

/** Undefined for what is not JSON: a right checksum does not make it a record. */
function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(body))
  } catch {
    return undefined
  }
}
