// Spans of time as people write them.
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const UNITS: Record<string, number> = { m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY }

/** Milliseconds of '90m', '12h', '30d', '2w'; undefined when it is no span. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6}) ?([mhdw])$/.exec(text.trim().toLowerCase())
  return match ? Number(match[1]) * UNITS[match[2]!]! : undefined
}
