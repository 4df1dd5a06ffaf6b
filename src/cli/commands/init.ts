import { isDvError } from '../../base/index.js'
import type { ChecksProposed, InitOptions, InitResult } from '../api-types.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import type { Context } from '../context.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'

interface Result {
  /** Absent: it was there. */
  init?: InitResult
  checks?: ChecksProposed
}

export const init = defineCommand({
  name: 'init',
  summary: 'Start versioning a directory',
  usage: ['[DIR] [--store DIR] [-b BRANCH] [--chunk-size SIZE]', '--checks'],
  description: `
    Makes a store in DIR/.dv (or elsewhere with --store) and writes a .dvignore with the usual litter.
    Files stay as they are; 'dv commit' records them. --checks profiles the tables and images of the working
    directory and writes dv.checks.yaml: rules that they keep, for you to tighten. A repository that is there
    stays as it is.`,
  options: {
    store: {
      type: 'string',
      value: 'DIR',
      describe: 'keep the store there; one that exists is used',
      complete: 'file',
    },
    branch: { type: 'string', short: 'b', value: 'NAME', describe: 'name of the first branch (main)' },
    'chunk-size': {
      type: 'size',
      value: 'SIZE',
      describe: 'average size of a chunk (128KiB); fixed from then on',
    },
    checks: { type: 'flag', describe: 'propose rules for dv check, made of what the files are like' },
  },
  operands: { max: 1, complete: 'file' },
  examples: [
    { command: 'dv init', what: 'version the current directory' },
    {
      command: 'dv init photos --store /mnt/big/photos.dv',
      what: 'files here, their versions on another disk',
    },
    { command: 'dv init --checks', what: 'rules for the data that is here' },
  ],
  async run({ options, operands }, context): Promise<Result> {
    const { store, branch, 'chunk-size': chunkSize, checks } = options
    const wanted = { ...context.work, ...given({ directory: operands[0], store, branch, chunkSize }) }
    if (!checks) return { init: await (await context.api()).init(wanted) }
    if (operands.length > 0)
      throw usageError(init, '--checks is about the directory one is in: go there first')
    return proposed(context, wanted)
  },
  json: (result) => (result.checks ? result : result.init),
  render({ init: made, checks }, screen) {
    if (made) renderInit(made, screen)
    if (checks) renderChecks(checks, screen)
    else screen.hint("'dv status' shows what there is, 'dv commit -m MESSAGE' records it")
  },
})

async function proposed({ api, repository, work }: Context, wanted: InitOptions): Promise<Result> {
  try {
    return { checks: await (await repository()).proposeChecks(work) }
  } catch (error) {
    if (!isDvError(error, 'DV_NO_REPOSITORY')) throw error
  }
  const made = await (await api()).init(wanted)
  const opened = await (await api()).open()
  try {
    return { init: made, checks: await opened.proposeChecks(work) }
  } finally {
    await opened.close()
  }
}

function renderInit(result: InitResult, screen: Screen): void {
  const { directory, store, branch, chunkSize } = result
  screen.note(`Versioning '${safe(directory)}' on branch '${safe(branch)}'`)
  screen.note(
    result.storeExisted
      ? `Using the store '${safe(store)}' that was there`
      : `Store: '${safe(store)}', chunks of ${size(chunkSize)} on average`,
  )
  if (result.ignoreFile) screen.note('Wrote .dvignore: what it lists is not recorded')
  if (result.gitExclude) screen.note('Told git to leave .dv/ alone (.git/info/exclude)')
}

function renderChecks({ file, tables, images, passedOver }: ChecksProposed, screen: Screen): void {
  const what = `${count(tables, 'table')} and ${count(images, 'folder')} of images`
  screen.note(`Wrote ${safe(file)}: rules for ${what}`)
  if (passedOver > 0) screen.warn(`${count(passedOver, 'table')} passed over: 'dv profile' says more`)
  screen.hint("look through it, then 'dv check', and commit it with the data")
}
