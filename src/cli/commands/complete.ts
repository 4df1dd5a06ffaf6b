import { defineCommand } from '../command.js'
import { complete } from '../complete.js'
import { safe } from '../render/escape.js'

/** For the scripts of `dv completion`, not for people. */
export const completeWords = defineCommand({
  name: '__complete',
  summary: 'Print what may come next on a command line',
  usage: ['-- WORDS'],
  options: {},
  operands: { max: Infinity },
  pathsAfterDashes: true,
  examples: [{ command: 'dv __complete -- switch ma', what: 'branches that begin with ma' }],
  async run({ paths }, { repository }) {
    return await complete(paths ?? [''], repository)
  },
  json: (candidates) => ({ candidates }),
  render(candidates, screen) {
    // A name that a shell could not take back as it is printed is left out.
    for (const { text, about } of candidates) {
      if (safe(text) === text) screen.line(about === undefined ? text : `${text}\t${about}`)
    }
  },
})
