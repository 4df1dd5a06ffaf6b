import { DvError } from '../../base/index.js'
import { defineCommand } from '../command.js'

export const add = defineCommand({
  name: 'add',
  summary: 'Explains that there is no staging area',
  usage: ['[PATHS]'],
  options: { all: { type: 'flag', short: 'A', hidden: true, describe: 'as with git' } },
  operands: { max: Infinity, complete: 'file' },
  examples: [{ command: "dv commit -m 'Add labels' labels.csv", what: 'what to type instead' }],
  run({ operands }): never {
    const paths = operands.filter((operand) => operand !== '.').join(' ')
    throw new DvError(
      'DV_USAGE',
      "Nothing to add: dv has no staging area, 'dv commit' records what is there",
      {
        hint: `dv commit -m 'what changed'${paths && ` ${paths}`}\n'dv status' shows what that would record; .dvignore keeps files out`,
      },
    )
  },
  render() {},
})
