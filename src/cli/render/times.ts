// Times for people. Everything is milliseconds since 1970; `zone` is minutes east of UTC.

const SPANS: [name: string, milliseconds: number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
]

/** '3 minutes ago', 'just now', 'in 2 hours'. */
export function relativeTime(time: number, now: number): string {
  const distance = Math.abs(now - time)
  const span = SPANS.find(([, milliseconds]) => distance >= milliseconds)
  if (span === undefined || distance < 5000) return 'just now'
  const amount = Math.floor(distance / span[1])
  const words = `${amount} ${span[0]}${amount === 1 ? '' : 's'}`
  return time > now ? `in ${words}` : `${words} ago`
}

/** '2026-01-31 10:00:05 +0100': the time its author's clock showed. */
export function timestamp(time: number, zone: number): string {
  const shifted = new Date(time + zone * 60_000)
  // A commit made by hand may hold any number.
  if (Number.isNaN(shifted.getTime())) return `an impossible time (${time})`
  return `${shifted.toISOString().slice(0, 19).replace('T', ' ')} ${offset(zone)}`
}

function offset(zone: number): string {
  const minutes = Math.abs(zone)
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `${zone < 0 ? '-' : '+'}${two(minutes / 60)}${two(minutes % 60)}`
}

/** '0:07', '1:02:03' of seconds. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(whole / 60) % 60
  const hours = Math.floor(whole / 3600)
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}
