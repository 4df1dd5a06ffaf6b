import { defineCommand } from '../command.js'
import { safe } from '../render/escape.js'

export const update = defineCommand({
  name: 'update',
  summary: 'Pin what revisions mean now',
  usage: ['[NAME…]'],
  description: `
    Looks up the revisions of all pins of 'dv.lock', or of those named, and pins the commits they mean now:
    all of them or, when one cannot be looked up, none. Files are left as they are: 'dv install' brings the
    new ones.`,
  options: {},
  operands: { max: Infinity },
  examples: [
    { command: 'dv update', what: 'everything' },
    { command: 'dv update plates && dv install plates', what: 'one dependency, with its files' },
  ],
  async run({ operands: names }, { api, work }) {
    return await (await api()).dependencies.update({ ...work, names })
  },
  render({ updated }, screen) {
    for (const { name, revision, before, after } of updated)
      screen.note(
        `Updated '${safe(name)}': ${safe(revision)} from ${safe(before.slice(0, 10))} to ${safe(after.slice(0, 10))}`,
      )
    if (updated.length === 0) screen.note('Nothing has moved on')
    else screen.hint("'dv install' brings the files")
  },
})
