import { EXIT } from '../../base/index.js'
import type { SubsetInfo } from '../api-types.js'
import { usageError } from '../arguments.js'
import { type CommandGroup, defineCommand, given } from '../command.js'
import { sum } from '../render/amounts.js'
import { changeSummary } from '../render/changes.js'
import { safe } from '../render/escape.js'
import { renderMerge } from '../render/merge.js'
import type { Screen } from '../render/screen.js'
import { table } from '../render/table.js'
import { whereOption } from '../where-option.js'

const CREATE_USAGE = ['NAME --where EXPR [--at REV]']

const create = defineCommand({
  name: 'subset create',
  summary: 'Make a branch of what an expression means',
  usage: CREATE_USAGE,
  description: `
    The branch holds what EXPR means at REV, and shares all data with it. Its commit says where it comes from, so
    that it can be refreshed, and merged back without what it left out. 'dv switch NAME' checks it out.`,
  options: {
    ...whereOption,
    at: { type: 'string', value: 'REV', describe: 'take it from here, not from HEAD', complete: 'revision' },
  },
  operands: { min: 1, max: 1 },
  examples: [
    {
      command: 'dv subset create plate36 --where "plate = 36"',
      what: 'the part of HEAD that is about one plate',
    },
    {
      command: 'dv subset create ctrl --where "\'ctrl\' IN tags" --at origin/main',
      what: 'of a remote branch',
    },
  ],
  async run({ options, operands }, { repository, work }) {
    const { where, at } = options
    if (where === undefined)
      throw usageError({ name: 'subset create', usage: CREATE_USAGE }, "'--where' is missing")
    return await (
      await repository()
    ).createSubset({ ...work, name: operands[0] ?? '', where, ...given({ at }) })
  },
  render(made, screen) {
    screen.note(`Subset '${safe(made.name)}' of ${sourceText(made)}: ${sum(made.total)}`)
    screen.hint(
      `'dv switch ${safe(made.name)}' checks it out; 'dv merge ${safe(made.name)}' brings back what you change`,
    )
  },
})

const refresh = defineCommand({
  name: 'subset refresh',
  summary: 'Bring a subset up to its source',
  usage: ['[NAME] [--from REV]'],
  description: `
    Takes what the expression means in the newest commit of the branch that the subset was taken from. What was
    changed on the subset stays; what both changed is a conflict, as in 'dv merge'.`,
  options: {
    from: { type: 'string', value: 'REV', describe: 'refresh from here', complete: 'revision' },
  },
  operands: { max: 1, complete: 'branch' },
  examples: [
    { command: 'dv subset refresh', what: 'the subset that is checked out' },
    { command: 'dv subset refresh plate36', what: 'another one' },
  ],
  async run({ options, operands }, { repository, work, exit }) {
    const [name] = operands
    const { from } = options
    const result = await (await repository()).refreshSubset({ ...work, ...given({ name, from }) })
    if (result.outcome === 'conflicts') exit(EXIT.conflict)
    return result
  },
  render: (result, screen) => renderMerge(result, screen),
})

const list = defineCommand({
  name: 'subset list',
  summary: 'List the subsets of this store',
  usage: [''],
  options: {},
  examples: [{ command: 'dv subset list', what: 'with what each holds, and where it comes from' }],
  async run(_args, { repository }) {
    return await (await repository()).subsets()
  },
  json: (subsets) => ({ subsets }),
  render(subsets, screen) {
    const rows = subsets.map((one) => [
      one.current ? '*' : ' ',
      safe(one.name),
      sum(one.total),
      sourceText(one) + (one.behind ? ' (moved on)' : ''),
      safe(one.where),
    ])
    for (const line of table(rows)) screen.line(line)
    if (subsets.length === 0) screen.note('There are no subsets')
  },
})

const show = defineCommand({
  name: 'subset show',
  summary: 'Show one subset and what was changed on it',
  usage: ['[NAME]'],
  options: {},
  operands: { max: 1, complete: 'branch' },
  examples: [{ command: 'dv subset show plate36', what: 'its expression, source and changes' }],
  async run({ operands }, { repository }) {
    const [name] = operands
    return await (await repository()).subset(given({ name }))
  },
  render(found, screen) {
    screen.line(`subset   ${safe(found.name)}`)
    screen.line(`where    ${safe(found.where)}`)
    screen.line(`source   ${sourceText(found)}`)
    screen.line(`tip      ${safe(found.commit.short)} ${safe(found.commit.subject)}`)
    screen.line(`holds    ${sum(found.total)}`)
    screen.line(`changed  ${changeSummary(found.changes)}`)
    if (found.behind) behindHint(found, screen)
  },
})

export const subset: CommandGroup = {
  name: 'subset',
  summary: 'Work on a part of a branch as a branch',
  commands: [create, refresh, list, show],
  fallback: list,
}

function sourceText({ from, source }: SubsetInfo): string {
  return from === undefined ? safe(source.short) : `${safe(from)} at ${safe(source.short)}`
}

function behindHint({ from, name }: SubsetInfo, screen: Screen): void {
  screen.hint(`'${safe(from ?? '')}' has moved on: 'dv subset refresh ${safe(name)}'`)
}
