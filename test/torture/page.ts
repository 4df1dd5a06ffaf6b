// The page that says what was run, when and on what.
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

/** The last outcome of each test; figures that are numbers are summed over a section. */
export function renderPage(all: readonly Outcome[]): string {
  const last = new Map(all.map((outcome) => [`${outcome.section} ${outcome.test}`, outcome]))
  const parts = SECTIONS.flatMap(({ name, title }) => {
    const own = [...last.values()].filter(({ section }) => section === name)
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
