import { defineCommand, given } from '../command.js'
import { size } from '../render/amounts.js'
import { safe } from '../render/escape.js'

export const init = defineCommand({
  name: 'init',
  summary: 'Start versioning a directory',
  usage: ['[DIR] [--store DIR] [-b BRANCH] [--chunk-size SIZE]'],
  description: `
    Makes a store in DIR/.dv (or elsewhere with --store) and writes a .dvignore with the usual litter.
    Files stay as they are; 'dv commit' records them.`,
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
  },
  operands: { max: 1, complete: 'file' },
  examples: [
    { command: 'dv init', what: 'version the current directory' },
    {
      command: 'dv init photos --store /mnt/big/photos.dv',
      what: 'files here, their versions on another disk',
    },
  ],
  async run({ options, operands }, { api, work }) {
    const { store, branch, 'chunk-size': chunkSize } = options
    return await (
      await api()
    ).init({ ...work, ...given({ directory: operands[0], store, branch, chunkSize }) })
  },
  render(result, screen) {
    const { directory, store, branch, chunkSize } = result
    screen.note(`Versioning '${safe(directory)}' on branch '${safe(branch)}'`)
    screen.note(
      result.storeExisted
        ? `Using the store '${safe(store)}' that was there`
        : `Store: '${safe(store)}', chunks of ${size(chunkSize)} on average`,
    )
    if (result.ignoreFile) screen.note('Wrote .dvignore: what it lists is not recorded')
    if (result.gitExclude) screen.note('Told git to leave .dv/ alone (.git/info/exclude)')
    screen.hint("'dv status' shows what there is, 'dv commit -m MESSAGE' records it")
  },
})
