import { EXIT } from '../../base/index.js'
import { defineCommand } from '../command.js'
import { renderMirror } from '../render/updates.js'

export const mirror = defineCommand({
  name: 'mirror',
  summary: 'Copy all branches and tags from one remote to another',
  usage: ['[--prune] [--force] FROM TO'],
  description: `
    Both are names of remotes or addresses; no clone and no repository is needed. Only what is missing travels,
    and what was interrupted goes on. Nothing in TO is lost unless told to: a branch or tag that differs there
    is left as it is (status 3). What needs settings gets a name first, as with
    'dv config --global remote.NAME.endpoint URL'.`,
  options: {
    prune: { type: 'flag', describe: 'delete branches and tags of TO that FROM does not have' },
    force: { type: 'flag', short: 'f', describe: 'replace branches and tags of TO that differ' },
  },
  operands: { min: 2, max: 2, complete: 'remote' },
  examples: [
    { command: 'dv mirror origin backup', what: 'a second copy of all that is shared' },
    {
      command: 'dv mirror --prune --force s3://lab/photos /mnt/disk/photos',
      what: 'exactly the same, from anywhere',
    },
  ],
  async run({ options, operands }, { api, work, exit }) {
    const [from = '', to = ''] = operands
    const result = await (await api()).mirror({ ...work, ...options, from, to })
    if (result.updates.some((update) => update.outcome === 'rejected')) exit(EXIT.conflict)
    return result
  },
  render: renderMirror,
})
