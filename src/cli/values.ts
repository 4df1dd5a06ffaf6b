// Values typed on the command line.

const SPANS: Record<string, number> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
  year: 365 * 86_400_000,
}

/** Milliseconds since 1970 of '2026-01-31', '2026-01-31T10:00', '3 days ago', 'yesterday', '@1700000000'. */
export function parseDate(text: string, now: number): number | undefined {
  const word = text.trim().toLowerCase()
  if (word === 'now') return now
  if (word === 'yesterday') return now - SPANS['day']!
  const ago = /^(\d{1,6})[ .](second|minute|hour|day|week|month|year)s?[ .]ago$/.exec(word)
  if (ago) return now - Number(ago[1]) * SPANS[ago[2]!]!
  const seconds = /^@(\d{1,12})$/.exec(word)
  if (seconds) return Number(seconds[1]) * 1000
  if (!/^\d{4}-\d{2}-\d{2}([t ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(z|[+-]\d{2}:?\d{2})?)?$/.test(word))
    return undefined
  // A date alone is midnight here, not in Greenwich.
  const time = Date.parse(word.length === 10 ? `${word}T00:00` : word.toUpperCase())
  return Number.isNaN(time) ? undefined : time
}

/** The share of '5%', '0.5%', '100%': above 0, at most 1; undefined when it is none. */
export function parseShare(text: string): number | undefined {
  const percent = Number(/^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text)?.[1])
  return percent > 0 && percent <= 100 ? percent / 100 : undefined
}
