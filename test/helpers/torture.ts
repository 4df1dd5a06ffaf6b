// Sizes and seeds of the suites that are proof by quantity. `npm run test:torture` runs them in full; everywhere else
// they run at a size that suits every day.
import fs from 'node:fs'
import type { ExecutionContext } from 'ava'

const full = (process.env['DV_TORTURE'] ?? '') !== ''

/** How many of something are tried. */
export function howMany({ daily, torture }: { daily: number; torture: number }): number {
  return full ? torture : daily
}

/** DV_SEED, or one of this moment. */
export const seed = Number(process.env['DV_SEED'] ?? Date.now() % 1_000_000)

/** Numbers from 0 to 1 that are the same each time for the same name and seed. */
export function lots(name: string): () => number {
  let state = seed
  for (const letter of name) state = Math.imul(state ^ letter.charCodeAt(0), 0x9e3779b1) ^ (state >>> 15)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Prints figures of a test, and adds them to what the report is made of. */
export function tell(t: ExecutionContext, figures: Readonly<Record<string, number | string>>): void {
  t.log(
    Object.entries({ ...figures, seed })
      .map(([name, value]) => `${name}: ${value}`)
      .join(', '),
  )
  const file = process.env['DV_TORTURE_FIGURES']
  if (file) fs.appendFileSync(file, `${JSON.stringify({ test: t.title, seed, figures })}\n`)
}
