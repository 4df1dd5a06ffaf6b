import { DvError, nearest } from '../../base/index.js'
import { type Command, type CommandGroup, defineCommand, isGroup } from '../command.js'
import { commandHelp, groupHelp, overview } from '../help.js'
import { VERBS, VISIBLE } from '../registry.js'

export const help = defineCommand({
  name: 'help',
  summary: 'Show help',
  usage: ['[VERB [SUB-VERB]]'],
  options: {},
  operands: { max: 2, complete: 'verb' },
  examples: [
    { command: 'dv help', what: 'all verbs' },
    { command: 'dv help merge', what: 'options and examples of one' },
  ],
  async run({ operands }) {
    const [verb, sub] = operands
    return verb === undefined ? undefined : await find(verb, sub)
  },
  json(found) {
    if (found === undefined) {
      const verbs = VISIBLE.map((name) => ({ name, verb: VERBS.get(name)! }))
      return {
        verbs: verbs.map(({ name, verb }) => ({ name, summary: verb.summary, section: verb.section })),
      }
    }
    return isGroup(found) ? { ...plain(found), commands: found.commands.map(plain) } : plain(found)
  },
  render(found, screen) {
    if (found === undefined) overview(screen)
    else if (isGroup(found)) groupHelp(found, screen)
    else commandHelp(found, screen)
  },
})

async function find(verb: string, sub: string | undefined): Promise<Command | CommandGroup> {
  const entry = VERBS.get(verb)
  const found = await entry?.load()
  if (found && sub === undefined) return found
  const commands = found && isGroup(found) ? found.commands : []
  const command = commands.find((candidate) => candidate.name === `${verb} ${sub}`)
  if (command) return command
  const words = sub === undefined ? verb : `${verb} ${sub}`
  const near = sub === undefined ? nearest(verb, VISIBLE)[0] : undefined
  throw new DvError('DV_USAGE', `'${words}' is no dv command${near ? `; did you mean '${near}'?` : ''}`, {
    hint: "'dv help' lists all commands",
  })
}

function plain(command: Command | CommandGroup): object {
  if (isGroup(command)) return { name: command.name, summary: command.summary }
  const { name, summary, usage, options, examples } = command
  const shown = Object.entries(options).filter(([, spec]) => !spec.hidden)
  return {
    name,
    summary,
    usage: usage.map((line) => `dv ${name} ${line}`.trimEnd()),
    options: shown.map(([option, { short, value, describe }]) => ({ name: option, short, value, describe })),
    examples,
  }
}
