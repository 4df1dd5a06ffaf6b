import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { renderSwitch } from '../render/switch.js'

const USAGE = ['BRANCH', '-c NEW [START]', '--detach REV']

export const switchTo = defineCommand({
  name: 'switch',
  summary: 'Go to another branch',
  usage: USAGE,
  description: `
    Uncommitted changes come along; when they stand in the way nothing happens and the files are named.
    The name of a remote's branch makes a branch that follows it.`,
  options: {
    create: { type: 'flag', short: 'c', describe: 'make the branch first, at START or HEAD' },
    detach: { type: 'flag', short: 'd', describe: 'go to any commit, on no branch' },
    force: {
      type: 'flag',
      short: 'f',
      describe: "give up changes that stand in the way ('dv undo' brings them back)",
    },
  },
  operands: { min: 1, max: 2, complete: 'branch' },
  examples: [
    { command: 'dv switch main', what: 'go to branch main' },
    { command: 'dv switch -c cleanup', what: 'a new branch from here' },
    { command: 'dv switch --detach v1', what: 'look at v1' },
  ],
  async run({ options, operands }, { repository, work }) {
    const { create, detach, force } = options
    const [to = '', start] = operands
    if (create && detach)
      throw usageError({ name: 'switch', usage: USAGE }, 'A new branch cannot be detached')
    if (start !== undefined && !create) {
      throw usageError({ name: 'switch', usage: USAGE }, `'dv switch' does not take '${start}' without -c`)
    }
    const how = { to, create, force, detach: detach ? ('always' as const) : ('never' as const) }
    return await (await repository()).switch({ ...work, ...how, ...given({ start }) })
  },
  render: renderSwitch,
})
