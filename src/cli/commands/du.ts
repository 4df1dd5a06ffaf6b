import { defineCommand, given } from '../command.js'
import { number, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import { table } from '../render/table.js'
import { whereOption } from '../where-option.js'

export const du = defineCommand({
  name: 'du',
  summary: 'Show what directories of a commit take',
  usage: ['[-d DEPTH] [--where EXPR] [REV] [PATH]', '[-d DEPTH] [REPO@]REV:PATH'],
  description:
    'Bytes and files of a commit, read from its manifest alone; and what all commits take in a store on disk.',
  options: {
    depth: { type: 'count', short: 'd', value: 'N', describe: 'levels of directories shown (1)' },
    ...whereOption,
  },
  operands: { max: 2, complete: 'revision' },
  examples: [
    { command: 'dv du', what: 'the directories at the top of HEAD' },
    { command: 'dv du -d 2 v1:data', what: 'two levels below data, at v1' },
    { command: 'dv du --where "plate > 35"', what: 'what of it a subset would take' },
  ],
  async run({ options, operands }, { reader, work }) {
    const { depth = 1, where } = options
    return await (await reader()).du({ ...work, operands, depth, ...given({ where }) })
  },
  render(result, screen) {
    const rows = result.rows.map((row) => [
      size(row.bytes),
      number(row.files),
      safe(row.path === '' ? '.' : row.path),
    ])
    for (const line of table([['size', 'files', 'path'], ...rows], ['right', 'right'])) screen.line(line)
    if (result.storedBytes !== undefined)
      screen.note(`The store takes ${size(result.storedBytes)} for all commits`)
  },
})
