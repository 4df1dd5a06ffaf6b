import type { ShowRecord } from '../api-types.js'
import { defineCommand } from '../command.js'
import { checksLines } from '../render/checks.js'
import { sum } from '../render/amounts.js'
import { commitLines } from '../render/commits.js'
import { type DiffForm, renderDiffRecord } from '../render/diff.js'
import { safe, safeLines } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { timestamp } from '../render/times.js'

export const show = defineCommand({
  name: 'show',
  summary: 'Show a commit and what it changed',
  usage: ['[--stat | --name-status] [-U N] [[REPO@]REV]'],
  description:
    "With --json each record is a line: the commit, then its changes as 'dv diff --json' prints them.",
  options: {
    stat: { type: 'flag', describe: 'sizes of the changed files, not their content' },
    'name-status': { type: 'flag', describe: 'only the names of the changed files' },
    patch: { type: 'flag', short: 'p', describe: 'with --json: the content of changes too' },
    unified: { type: 'count', short: 'U', value: 'N', describe: 'lines around each change (3)' },
  },
  operands: { max: 1, complete: 'revision' },
  examples: [
    { command: 'dv show', what: 'the last commit' },
    { command: 'dv show v1 --stat', what: 'what the commit tagged v1 changed' },
  ],
  async run({ options, operands }, { reader, global, work }) {
    const form: DiffForm = options['name-status'] ? 'names' : options.stat ? 'stat' : 'full'
    const content = global.json ? options.patch : form === 'full'
    const open = await reader()
    const records = open.show({
      ...work,
      revision: operands[0] ?? 'HEAD',
      content,
      context: options.unified ?? 3,
    })
    return { records, form }
  },
  json: ({ records }) => records,
  async render({ records, form }, screen) {
    for await (const record of records) {
      renderRecord(record, form, screen)
      await screen.breathe()
    }
  },
})

function renderRecord(record: ShowRecord, form: DiffForm, screen: Screen): void {
  if (record.type === 'tag') {
    const { name, tagger, message } = record.tag
    screen.line(screen.style.yellow(`tag ${safe(name)}`))
    if (tagger) screen.line(`Tagger: ${safe(`${tagger.name} <${tagger.email}>`)}`)
    if (tagger) screen.line(`Date:   ${timestamp(tagger.time, tagger.zone)}`)
    if (message) screen.line()
    for (const line of safeLines(message?.trimEnd() ?? '')) screen.line(`    ${line}`.trimEnd())
    if (message) screen.line()
  } else if (record.type === 'commit') {
    for (const line of commitLines(record.commit, screen)) screen.line(line)
    screen.line()
    screen.line(`${sum(record.total)} in all`)
    screen.line()
    for (const checks of record.checks ?? [])
      for (const line of checksLines(checks, screen)) screen.line(line)
    if (record.checks) screen.line()
  } else renderDiffRecord(record, form, screen)
}
