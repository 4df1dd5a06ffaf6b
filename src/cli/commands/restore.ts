import { defineCommand, given } from '../command.js'
import { count } from '../render/amounts.js'
import { checkoutSummary } from '../render/changes.js'
import { safe } from '../render/escape.js'

export const restore = defineCommand({
  name: 'restore',
  summary: 'Put files back as they were',
  usage: ['[-s REV] PATHS'],
  description: `
    Overwrites the files at PATHS with those of HEAD, or of REV. What was uncommitted is saved first:
    'dv undo' brings it back.`,
  options: {
    source: {
      type: 'string',
      short: 's',
      value: 'REV',
      describe: 'take them from there, not HEAD',
      complete: 'revision',
    },
  },
  operands: { min: 1, max: Infinity, complete: 'file' },
  examples: [
    { command: 'dv restore labels.csv', what: 'give up the changes to a file' },
    { command: 'dv restore -s v1 data', what: 'the directory data as it was at v1' },
    { command: 'dv restore .', what: 'give up all changes here' },
  ],
  async run({ options, operands }, { repository, work }) {
    return await (
      await repository()
    ).restore({ ...work, paths: operands, ...given({ source: options.source }) })
  },
  render(result, screen) {
    screen.note(
      `Restored from ${safe(result.source.name)} (${safe(result.source.short)}): ${checkoutSummary(result)}`,
    )
    if (result.metadata) screen.note(`Metadata of ${count(result.metadata, 'path')} restored`)
    if (result.written + result.removed + (result.metadata ?? 0) > 0)
      screen.hint("'dv undo' brings back what was there")
  },
})
