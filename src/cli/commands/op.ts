import type { OperationInfo } from '../api-types.js'
import { type CommandGroup, defineCommand, given } from '../command.js'
import { count } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { relativeTime, timestamp } from '../render/times.js'

const list = defineCommand({
  name: 'op log',
  summary: 'List what was done in this working directory, last first',
  usage: ['[-n N]'],
  description: 'With --json each operation is a line.',
  options: { number: { type: 'count', short: 'n', value: 'N', describe: 'at most N; -5 is -n 5' } },
  examples: [{ command: 'dv op log -5', what: 'the last five operations' }],
  async run({ options }, { repository }) {
    return (await repository()).operations(given({ limit: options.number }))
  },
  async render(operations, screen) {
    let last: OperationInfo | undefined
    for await (const operation of operations) {
      screen.line(operationLine(operation, screen))
      await screen.breathe()
      last = operation
    }
    if (last?.isFirstKept) screen.note("Older operations were forgotten by 'dv gc'")
  },
})

const show = defineCommand({
  name: 'op show',
  summary: 'Show one operation',
  usage: ['OPERATION'],
  options: {},
  operands: { min: 1, max: 1 },
  examples: [{ command: 'dv op show 5e6f7a8b', what: 'which branches it moved, from where to where' }],
  async run({ operands }, { repository }) {
    return await (await repository()).operation(operands[0] ?? '')
  },
  render(operation, screen) {
    screen.line(screen.style.yellow(`operation ${safe(operation.id)}`))
    screen.line(`Date:  ${timestamp(operation.time, 0)}`)
    screen.line(`What:  ${safe(operation.summary)}${operation.unfinished ? ' (never finished)' : ''}`)
    if (operation.undoes !== undefined) screen.line(`Undoes: ${safe(operation.undoes)}`)
    if (operation.saved > 0) screen.line(`Saved: ${count(operation.saved, 'uncommitted file')}`)
    for (const ref of operation.refs) {
      screen.line(`  ${safe(ref.name)}  ${shortId(ref.before)} -> ${shortId(ref.after)}`)
    }
  },
})

export const op: CommandGroup = {
  name: 'op',
  summary: 'List operations',
  commands: [list, show],
  fallback: list,
}

function operationLine(operation: OperationInfo, screen: Screen): string {
  const { yellow, dim } = screen.style
  const state = operation.unfinished ? ' (never finished)' : ''
  return `${yellow(safe(operation.short))}  ${safe(operation.summary)}${state}  ${dim(relativeTime(operation.time, screen.now))}`
}

function shortId(id: string | undefined): string {
  return id === undefined ? 'nothing' : safe(id.slice(0, 8))
}
