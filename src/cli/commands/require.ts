import type { DependencyInfo } from '../api-types.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { sum } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import { table } from '../render/table.js'
import { whereOption } from '../where-option.js'

const USAGE = ['URL@REV[:PATH] [NAME] [--where EXPR] [--into DIR]', '--remove NAME…', '']

export const requireData = defineCommand({
  name: 'require',
  summary: 'Pin data in dv.lock, beside the code',
  usage: USAGE,
  description: `
    Looks up the commit that REV means now and writes it into 'dv.lock', of the current folder or one above:
    a file of one line for each dependency, to be kept with the code. 'dv install' then brings the files.
    URL may be a folder, or a remote's name; without @REV its default branch is meant. It works in any
    folder, in a repository of dv or not. The same NAME with another REV pins that. Without operands, it
    lists what is pinned. Credentials are never written into 'dv.lock': they come from the environment.`,
  options: {
    ...whereOption,
    into: { type: 'string', value: 'DIR', describe: "the folder for it ('data/NAME')" },
    endpoint: { type: 'string', value: 'URL', describe: 'a service that speaks S3 and is not Amazon' },
    region: { type: 'string', value: 'NAME', describe: 'its region' },
    'path-style': { type: 'flag', describe: 'the bucket is part of the path, not of the host' },
    force: { type: 'flag', short: 'f', describe: 'take the name of other data' },
    remove: { type: 'flag', describe: 'take lines out; their folders stay' },
  },
  operands: { max: Infinity },
  examples: [
    { command: 'dv require s3://lab/plates@v2', what: "all of a tag, to be installed in 'data/plates'" },
    {
      command: 'dv require s3://lab/plates@main:day1 day1 --where "line = \'AICS-23\'" --into input/day1',
      what: 'what an expression means in one directory, under a name and in a folder of your own',
    },
    { command: 'dv require ../photos@main', what: 'of a repository beside this one' },
    { command: 'dv require --remove plates', what: 'no longer needed' },
  ],
  async run({ options, operands }, { api, work }) {
    const { remove, where, into, force } = options
    const { dependencies } = await api()
    const [address, name, ...more] = operands
    if (remove) {
      if (address === undefined) throw usage('Which one? Name what is to be removed')
      return { kind: 'removed' as const, ...(await dependencies.remove({ names: operands })) }
    }
    if (address === undefined) return { kind: 'list' as const, dependencies: await dependencies.list() }
    if (more.length > 0) throw usage(`'${more[0]}' is one operand too many: one address and one name`)
    const settings = settingsOf(options)
    const chosen = given({ name, where, into, settings })
    return { kind: 'made' as const, ...(await dependencies.require({ ...work, ...chosen, address, force })) }
  },
  json({ kind: _, ...result }) {
    return result
  },
  render(result, screen) {
    if (result.kind === 'list') {
      for (const line of table(result.dependencies.map(row))) screen.line(line)
      if (result.dependencies.length === 0) screen.note('Nothing is pinned')
    } else if (result.kind === 'removed') {
      for (const { name, into } of result.removed) {
        screen.note(`Removed '${safe(name)}' from dv.lock`)
        screen.hint(`its folder stays: ${safe(into)}`)
      }
    } else {
      const { name, revision, commit, into } = result.dependency
      const was = result.before === undefined ? '' : `, before ${safe(result.before.slice(0, 10))}`
      screen.note(
        `Pinned '${safe(name)}': ${safe(revision)} at ${safe(commit.slice(0, 10))}${was}, ${sum(result.total)}`,
      )
      screen.hint(
        `'dv install' brings it into '${safe(into)}'; commit dv.lock with your code, not '${safe(into)}'`,
      )
    }
  },
})

function row({ name, url, revision, commit, path, where, into }: DependencyInfo): string[] {
  const what = `${url}@${revision}${path === undefined ? '' : `:${path}`}`
  return [name, commit.slice(0, 10), into, what, where ?? ''].map(safe)
}

function settingsOf(options: {
  endpoint: string | undefined
  region: string | undefined
  'path-style': boolean
}): Record<string, string> | undefined {
  const { endpoint, region } = options
  const settings = given({ endpoint, region, ...(options['path-style'] && { 'path-style': 'true' }) })
  return Object.keys(settings).length > 0 ? (settings as Record<string, string>) : undefined
}

function usage(problem: string): Error {
  return usageError({ name: 'require', usage: USAGE }, problem)
}
