// Dates as they are written: ISO 8601, in UTC unless they say otherwise.
import { TIME_MAX } from '../objects/index.js'

const FORM =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/u

/** Milliseconds since 1970 UTC; undefined for what is no date, or a day that no calendar has. */
export function parseDate(text: string): number | undefined {
  const parts = FORM.exec(text)
  if (!parts) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0))
  const time = Date.UTC(year!, month! - 1, day, hour, minute, second, Number((parts[7] ?? '').padEnd(3, '0')))
  const given = [year, month! - 1, day, hour, minute, second]
  const whole = new Date(time)
  whole.setUTCFullYear(year!)
  const read = [
    ...[whole.getUTCFullYear(), whole.getUTCMonth(), whole.getUTCDate()],
    ...[whole.getUTCHours(), whole.getUTCMinutes(), whole.getUTCSeconds()],
  ]
  if (given.some((part, i) => part !== read[i])) return undefined
  const result = whole.getTime() - offsetOf(parts[8])
  return Math.abs(result) <= TIME_MAX ? result : undefined
}

/** Milliseconds east of UTC. */
function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
