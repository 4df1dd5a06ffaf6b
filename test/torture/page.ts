// The page that says what was run, when and on what; and the record it is made of, which outlives a build.
import fs from 'node:fs'
import { SECTIONS } from './sections.js'

/** What a test told when it had come to its end, and so has passed. */
export interface Outcome {
  section: string
  test: string
  seed: number
  figures: Record<string, number | string>
  /** Of the whole section, seconds. */
  seconds: number
  /** ISO 8601, and the commit it ran on. */
  date: string
  commit: string
}

/** A line for each outcome; none where there is no file. */
export function readRecord(file: string): Outcome[] {
  const lines = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : []
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Outcome)
}

export function writeRecord(file: string, outcomes: readonly Outcome[]): void {
  fs.writeFileSync(file, outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(''))
}

/** One outcome for each test, the new ones in the place of the old. Of `whole`, a section that has run from end to end,
 * nothing older is left: what told nothing now has failed, or is no more. */
export function recorded(known: readonly Outcome[], fresh: readonly Outcome[], whole = ''): Outcome[] {
  const kept = known.filter(({ section }) => section !== whole)
  const key = ({ section, test }: Outcome) => `${section} ${shortTitle(test)}`
  return [...new Map([...kept, ...fresh].map((outcome) => [key(outcome), outcome])).values()]
}

/** Figures that are numbers are summed over a section. */
export function renderPage(outcomes: readonly Outcome[]): string {
  const parts = SECTIONS.flatMap(({ name, title }) => {
    const own = outcomes.filter(({ section }) => section === name)
    return own.length === 0 ? [] : [renderSection(title, own)]
  })
  return `# Torture

What \`npm run test:torture -- --write\` last ran, in full: figures, seeds, times. A seed draws the same lots again:
\`npm run test:torture -- --only crash --match 'commit: *' --seed N\`. Smaller sizes of the same suites run in CI with every change.
What each suite does stands in \`spec/decisions/0029\`; the fuzzer has a page of its own, \`docs/fuzzing.md\`.

${parts.join('\n')}`
}

function renderSection(title: string, outcomes: readonly Outcome[]): string {
  const names = [...new Set(outcomes.flatMap(({ figures }) => Object.keys(figures)))]
  const rows = outcomes.map(({ test, figures, seed }) =>
    row([shortTitle(test), ...names.map((name) => String(figures[name] ?? '')), String(seed)]),
  )
  const sums = names.map((name) => sumOf(outcomes, name))
  const commits = [...new Set(outcomes.map(({ commit, date }) => `${commit} on ${date.slice(0, 10)}`))]
  const took = new Map(outcomes.map(({ date, seconds }) => [date, seconds]))
  const seconds = [...took.values()].reduce((a, b) => a + b, 0)
  return `## ${title}

Commit ${commits.join(', ')}; ${Math.round(seconds)} s.

${row(['', ...names, 'seed'])}
${row(['', ...names, 'seed'].map(() => '---'))}
${rows.join('\n')}
${outcomes.length > 1 ? `${row(['**in all**', ...sums, ''])}\n` : ''}`
}

/** What a test is about: its title up to the colon. */
function shortTitle(title: string): string {
  return title.split(' › ').at(-1)!.split(':')[0]!
}

function sumOf(outcomes: readonly Outcome[], name: string): string {
  const values = outcomes.map(({ figures }) => figures[name] ?? 0)
  return values.every((value) => typeof value === 'number') ? `**${values.reduce((a, b) => a + b, 0)}**` : ''
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
