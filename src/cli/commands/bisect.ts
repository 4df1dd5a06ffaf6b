import { DvError } from '../../base/index.js'
import type { BisectRecord, Verdict } from '../api-types.js'
import { type CommandGroup, defineCommand } from '../command.js'
import { count, number } from '../render/amounts.js'
import { commitLines } from '../render/commits.js'
import { renderDiffRecord } from '../render/diff.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'

const run = defineCommand({
  name: 'bisect run',
  summary: 'Find the commit that broke something',
  usage: ['[--good REV] [--bad REV] [--skip REV] CMD…'],
  description: `
    CMD runs in a temporary checkout of one commit after the other; each halves what is left. Its exit status
    says what the commit is: 0 good, 125 cannot be told, 126 and above (not found, ended by a signal) ends the
    search, all else bad. 'dv' in it is this program. Both ends are tried first. Then the first bad commit is
    shown, and what it changed: files, and of tables how many rows. What CMD prints goes to stderr.

    Options stand before CMD; for pipes and '&&' it is sh -c '…'. Without --good one is looked for 1, 2, 4, 8, …
    commits back. Your working directory is not touched, and what is not committed is not tried.`,
  options: {
    good: {
      type: 'string',
      multiple: true,
      value: 'REV',
      describe: 'a commit before it broke; more than once for several lines of history',
      complete: 'revision',
    },
    bad: { type: 'string', value: 'REV', describe: 'a commit that is broken (HEAD)', complete: 'revision' },
    skip: {
      type: 'string',
      multiple: true,
      value: 'REV',
      describe: 'do not try this commit; more than once for several',
      complete: 'revision',
    },
  },
  operands: { min: 1, max: Infinity, complete: 'file' },
  wordsAsTyped: true,
  examples: [
    { command: 'dv bisect run --good v1 dv check', what: 'since v1: what broke the rules of the data' },
    {
      command: 'dv bisect run dv check --rules "$PWD/dv.checks.yaml"',
      what: "today's rules, also for commits before there were any",
    },
    { command: 'dv bisect run --bad v2 sh -c "grep -q 7 a.csv && ./test"', what: 'any other test' },
  ],
  async run({ options, operands }, { repository, io, global, work }) {
    const { good, bad = 'HEAD', skip } = options
    const open = await repository()
    const { signal } = work
    const judge = async ({ directory }: { directory: string }): Promise<Verdict> => {
      const how = { cwd: directory, env: io.env, quiet: global.quiet, signal }
      const status = await io.runChild(operands, how)
      signal.throwIfAborted()
      return verdictOf(status, operands)
    }
    return open.bisect({ ...work, good, bad, skip, judge })
  },
  async render(records, screen) {
    for await (const record of records) {
      renderRecord(record, screen)
      // What is tried is seen before the command prints.
      if (record.type === 'try') await screen.flush()
    }
  },
})

function verdictOf(status: number, command: readonly string[]): Verdict {
  if (status === 0) return 'good'
  if (status === 125) return 'skip'
  if (status < 126) return 'bad'
  const why = status === 127 ? ': it was not found' : status === 126 ? ': it cannot be run' : ''
  throw new DvError('DV_BISECT_COMMAND', `'${command[0]}' ended with status ${status}${why}`, {
    data: { command: [...command], status },
    hint: 'a file of your working directory needs its full path; 1 to 124 is bad, 125 is skipped',
  })
}

function renderRecord(record: BisectRecord, screen: Screen): void {
  const { green, red, yellow, bold } = screen.style
  if (record.type === 'try') {
    const left = record.left === undefined ? '' : `${count(record.left, 'commit')} left; `
    screen.note(`${left}trying ${yellow(safe(record.short))} ${safe(record.subject)}`)
  } else if (record.type === 'judged') {
    const paint = { good: green, bad: red, skip: yellow }[record.verdict]
    screen.note(`${safe(record.short)} is ${paint(record.verdict === 'skip' ? 'skipped' : record.verdict)}`)
  } else if (record.type === 'found') {
    screen.line(bold(`The first bad commit, found by trying ${number(record.tried)}:`))
    for (const line of commitLines(record.commit, screen)) screen.line(line)
    const [parent] = record.commit.parents
    screen.line()
    if (parent !== undefined)
      screen.hint(`the rows themselves: dv diff ${parent.slice(0, 10)} ${record.commit.short} -- FILE`)
  } else renderDiffRecord(record, 'full', screen)
}

export const bisect: CommandGroup = {
  name: 'bisect',
  summary: 'Find the commit that broke something',
  commands: [run],
}
