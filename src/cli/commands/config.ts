import type { ConfigScope } from '../api-types.js'
import { type CommandGroup, defineCommand, type OptionTable } from '../command.js'
import { safe } from '../render/escape.js'

const OPTIONS = {
  global: { type: 'flag', describe: "the user's settings, not this repository's" },
} as const satisfies OptionTable

function scopeOf(global: boolean): Exclude<ConfigScope, 'effective'> {
  return global ? 'global' : 'repository'
}

const get = defineCommand({
  name: 'config get',
  summary: 'Print a setting',
  usage: ['[--global] NAME'],
  options: OPTIONS,
  operands: { min: 1, max: 1 },
  examples: [{ command: 'dv config get user.name', what: 'who commits; status 1 when it is not set' }],
  async run({ options, operands }, { api, exit }) {
    const name = operands[0] ?? ''
    const value = await (await api()).config.get(name, options.global ? 'global' : 'effective')
    if (value === undefined) exit(1)
    return { name, ...(value === undefined ? {} : { value }) }
  },
  render({ value }, screen) {
    if (value !== undefined) screen.line(safe(value))
  },
})

const set = defineCommand({
  name: 'config set',
  summary: 'Change a setting',
  usage: ['[--global] NAME VALUE'],
  options: OPTIONS,
  operands: { min: 2, max: 2 },
  examples: [
    { command: "dv config set --global user.name 'Ada Lovelace'", what: 'for all your repositories' },
  ],
  async run({ options, operands }, { api }) {
    const [name = '', value = ''] = operands
    return await (await api()).config.set(name, value, scopeOf(options.global))
  },
  render({ notes = [] }, screen) {
    for (const note of notes) screen.warn(note)
  },
})

const unset = defineCommand({
  name: 'config unset',
  summary: 'Remove a setting',
  usage: ['[--global] NAME'],
  options: OPTIONS,
  operands: { min: 1, max: 1 },
  examples: [{ command: 'dv config unset user.email', what: "back to the user's own" }],
  async run({ options, operands }, { api, exit }) {
    const name = operands[0] ?? ''
    const removed = await (await api()).config.unset(name, scopeOf(options.global))
    if (!removed) exit(1)
    return { name, removed }
  },
  render() {},
})

const list = defineCommand({
  name: 'config list',
  summary: 'Print all settings',
  usage: ['[--global]'],
  options: OPTIONS,
  examples: [{ command: 'dv config list', what: 'what applies here' }],
  async run({ options }, { api }) {
    return await (await api()).config.list(options.global ? 'global' : 'effective')
  },
  json: (settings) => ({ settings }),
  render(settings, screen) {
    for (const { name, value } of settings) screen.line(`${safe(name)}=${safe(value)}`)
  },
})

export const config: CommandGroup = {
  name: 'config',
  summary: 'Read and change settings',
  commands: [get, set, unset, list],
  // As in git: 'dv config user.name' prints it, 'dv config user.name Ada' sets it.
  infer: ([name, ...values]) => (!name?.includes('.') ? undefined : values.length === 0 ? 'get' : 'set'),
}
