import { EXIT } from '../../base/index.js'
import type { CheckFinding, CheckOutcome, CheckRecord, CheckSums } from '../api-types.js'
import { defineCommand, given } from '../command.js'
import { count, number } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'

export const check = defineCommand({
  name: 'check',
  summary: 'Hold a version against rules: data tests',
  usage: ['[--at REV] [--against REV] [PATHS]'],
  description: `
    The rules stand in 'dv.checks.yaml' at the top of the tree, so they are versioned with the data: how many
    files and rows, columns and types, nulls, keys, ranges, patterns, allowed values, images, SQL that must
    return no rows, and drift against what was before (spec/25-checks.md). Without --at the working directory
    is checked, as a commit would record it. Each rule that does not hold says how often, and where; then the
    status is 3.`,
  options: {
    at: { type: 'string', value: 'REV', describe: 'what to check: [REPO@]REV', complete: 'revision' },
    against: {
      type: 'string',
      value: 'REV',
      describe: 'measure drift against REV instead of what the rules say',
      complete: 'revision',
    },
    rules: { type: 'string', value: 'FILE', describe: 'take the rules from FILE', complete: 'file' },
    limit: {
      type: 'count',
      short: 'n',
      value: 'N',
      describe: 'show at most N places of each rule, default 10',
    },
    verbose: { type: 'flag', short: 'v', describe: 'show rules that hold, too' },
  },
  operands: { max: Infinity, complete: 'file' },
  examples: [
    { command: 'dv check', what: 'before a commit: what it would record' },
    { command: 'dv check --at origin/main --against v1', what: 'a branch, its drift against a tag' },
    { command: 'dv check --rules strict.yaml cells.csv', what: 'one file, by rules that are not committed' },
  ],
  async run({ options, operands }, { reader, work, exit }) {
    const { at, against, rules, limit } = options
    const open = await reader()
    const records = open.check({ ...work, paths: operands, ...given({ at, against, rules, limit }) })
    const failed = () => exit(EXIT.conflict)
    return { records: noticing(records, failed), verbose: options.verbose }
  },
  json: ({ records }) => records,
  async render({ records, verbose }, screen) {
    for await (const record of records) {
      if (record.type === 'rule') showOutcome(record, verbose, screen)
      else if (record.type === 'summary') showSummary(record, screen)
      await screen.breathe()
    }
  },
})

async function* noticing(
  records: AsyncIterable<CheckRecord>,
  failed: () => void,
): AsyncGenerator<CheckRecord> {
  for await (const record of records) {
    if (record.type === 'summary' && record.outcome === 'failed') failed()
    yield record
  }
}

const MARKS = { passed: 'ok', failed: 'FAILED', error: 'ERROR', skipped: 'skipped' }

function showOutcome(record: CheckOutcome, verbose: boolean, screen: Screen): void {
  const { outcome, rule, path, name, message, count: times = 0, findings = [], error, line } = record
  if (!verbose && (outcome === 'passed' || outcome === 'skipped')) return
  const { style } = screen
  const paint = { passed: style.green, failed: style.red, error: style.red, skipped: style.dim }[outcome]
  const what = path === undefined || path === name ? name : `${name}: ${path}`
  const says = message === undefined ? '' : `: ${message}`
  screen.line(
    `${paint(MARKS[outcome])} ${safe(what)}${safe(says)} ${style.dim(`(${safe(rule)}, line ${line})`)}`,
  )
  if (error?.hint !== undefined) for (const text of error.hint.split('\n')) screen.line(`  ${safe(text)}`)
  for (const finding of findings) screen.line(`  ${findingText(finding)}`)
  if (findings.length > 0 && times > findings.length)
    screen.line(`  … ${number(times - findings.length)} more`)
}

function findingText({ path, row, column, value, times, values }: CheckFinding): string {
  const parts = [
    ...(path === undefined ? [] : [safe(path)]),
    ...(row === undefined ? [] : [`row ${number(row)}`]),
    ...(column === undefined ? [] : [safe(column)]),
  ]
  const shown = values ? JSON.stringify(values) : value === undefined ? undefined : `'${value}'`
  const often = times === undefined ? '' : ` (${number(times)} times)`
  return `${parts.join(', ')}${shown === undefined ? '' : `${parts.length > 0 ? ': ' : ''}${safe(shortened(shown))}`}${often}`
}

const SHOWN = 200

function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

function showSummary({ outcome, passed, failed, errors, skipped }: CheckSums, screen: Screen): void {
  const parts = [
    `${number(passed)} passed`,
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(skipped > 0 ? [`${number(skipped)} skipped`] : []),
  ]
  screen.note(`${count(passed + failed + errors + skipped, 'rule')}: ${parts.join(', ')}`)
  if (outcome === 'failed')
    screen.hint("'dv check -v' shows the rules that hold, too; --limit N shows more places")
}
