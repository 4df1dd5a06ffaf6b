import { EXIT } from '../../base/index.js'
import type { RemoteInfo } from '../api-types.js'
import { type CommandGroup, defineCommand } from '../command.js'
import { remoteSettings, settingsOf } from '../remote-settings.js'
import { safe } from '../render/escape.js'
import { table } from '../render/table.js'

const list = defineCommand({
  name: 'remote list',
  summary: 'List remotes',
  usage: ['[-v]'],
  options: { verbose: { type: 'flag', short: 'v', describe: 'with their URLs and settings' } },
  examples: [{ command: 'dv remote -v', what: 'names, URLs and settings' }],
  async run({ options }, { repository }) {
    return { remotes: await (await repository()).remotes(), verbose: options.verbose }
  },
  json: ({ remotes }) => ({ remotes }),
  render({ remotes, verbose }, screen) {
    const rows = remotes.map((one) => (verbose ? described(one) : [safe(one.name)]))
    for (const line of table(rows)) screen.line(line)
  },
})

function described({ name, url, settings = {} }: RemoteInfo): string[] {
  const how = Object.entries(settings).map(([key, value]) => safe(`${key}=${value}`))
  return [safe(name), safe(url), how.join(' ')]
}

const add = defineCommand({
  name: 'remote add',
  summary: 'Name a remote',
  usage: ['[OPTIONS] NAME URL'],
  options: remoteSettings,
  operands: { min: 2, max: 2, complete: 'file' },
  examples: [
    {
      command: 'dv remote add origin s3://bucket/photos',
      what: 'a bucket; who you are is in the environment',
    },
    {
      command: 'dv remote add origin s3://bucket/photos --endpoint https://minio.lab.example --path-style',
      what: "a bucket that is not Amazon's",
    },
    {
      command: 'dv remote add origin /mnt/team/photos',
      what: 'a directory to push to; made by the first push',
    },
  ],
  async run({ options, operands }, { repository }) {
    const [name = '', url = ''] = operands
    return await (await repository()).addRemote({ name, url, ...settingsOf(options) })
  },
  render(added, screen) {
    for (const note of added.notes ?? []) screen.warn(note)
    screen.note(`Remote '${safe(added.name)}' is ${safe(added.url)}`)
    screen.hint(
      `'dv push -u ${safe(added.name)}' sends this branch there, 'dv fetch ${safe(added.name)}' gets what it has`,
    )
  },
})

const remove = defineCommand({
  name: 'remote remove',
  summary: 'Forget a remote',
  usage: ['NAME'],
  options: {},
  operands: { min: 1, max: 1, complete: 'remote' },
  examples: [{ command: 'dv remote remove old', what: 'forget it and what was fetched of its branches' }],
  async run({ operands }, { repository }) {
    return await (await repository()).removeRemote(operands[0] ?? '')
  },
  render: (removed, screen) => screen.note(`Forgot remote '${safe(removed.name)}' (${safe(removed.url)})`),
})

const rename = defineCommand({
  name: 'remote rename',
  summary: 'Rename a remote',
  usage: ['OLD NEW'],
  options: {},
  operands: { min: 2, max: 2, complete: 'remote' },
  examples: [{ command: 'dv remote rename origin team', what: 'its branches become team/…' }],
  async run({ operands }, { repository }) {
    const [from = '', to = ''] = operands
    return { from, ...(await (await repository()).renameRemote({ from, to })) }
  },
  render: (renamed, screen) => screen.note(`Remote '${safe(renamed.from)}' is now '${safe(renamed.name)}'`),
})

const setUrl = defineCommand({
  name: 'remote set-url',
  summary: 'Change where a remote is',
  usage: ['NAME URL'],
  options: {},
  operands: { min: 2, max: 2, complete: 'remote' },
  examples: [{ command: 'dv remote set-url origin /mnt/new/photos', what: 'after it moved' }],
  async run({ operands }, { repository }) {
    const [name = '', url = ''] = operands
    return await (await repository()).setRemoteUrl({ name, url })
  },
  render(changed, screen) {
    for (const note of changed.notes ?? []) screen.warn(note)
    screen.note(`Remote '${safe(changed.name)}' is ${safe(changed.url)}`)
  },
})

const check = defineCommand({
  name: 'remote check',
  summary: 'See what the server of a remote really does',
  usage: ['[NAME]'],
  description:
    'Writes some objects below probe/ there, and removes them: whether conditional writes hold, also in a\n' +
    'race, whether ranges are served, whether what was written is read and listed at once, and what its clock\n' +
    'says. Exit status 3 when something is missing. A server that ignores conditions can still be written to:\n' +
    "writers then take turns by leases, unless the setting remote.NAME.writes is 'conditional'.",
  options: {},
  operands: { max: 1, complete: 'remote' },
  examples: [
    { command: 'dv remote check', what: 'before a bucket of a new service is trusted' },
    { command: 'dv remote check origin --json', what: 'for a program' },
  ],
  async run({ operands }, context) {
    const result = await (await context.repository()).checkRemote(operands[0])
    if (result.checks.some(({ ok }) => !ok)) context.exit(EXIT.conflict)
    return result
  },
  render({ remote: { name, url }, checks, writes }, screen) {
    screen.note(`Remote '${safe(name)}' at ${safe(url)}`)
    const rows = checks.map(({ check, ok, found }) => [ok ? 'ok' : 'MISSING', safe(check), safe(found)])
    for (const line of table(rows)) screen.line(line)
    screen.note(WRITES[writes])
  },
})

const WRITES = {
  conditional: "Writers keep out of each other's way by conditional writes",
  lease: 'Writers take turns by leases: only dv may write there',
  links: "A folder: writers keep out of each other's way by hard links",
  refused: "dv does not write there: remote.NAME.writes is 'conditional'",
} as const

export const remote: CommandGroup = {
  name: 'remote',
  summary: 'Manage remotes',
  commands: [list, add, remove, rename, setUrl, check],
  fallback: list,
}
