import { defineCommand, given } from '../command.js'
import { sum } from '../render/amounts.js'
import { purgedSummary } from '../render/changes.js'
import { safe } from '../render/escape.js'
import { whereOption } from '../where-option.js'

export const get = defineCommand({
  name: 'get',
  summary: 'Fetch files of a commit, without a clone',
  usage: ['[--force] [--where EXPR] [REPO@]REV:PATH [DEST]', '[--force] URL [DEST]'],
  description: `
    Writes a file, a directory, or what a pattern matches, as plain files: anywhere, from a store that nobody has
    to clone. REPO is a remote's name, a folder or a URL. Only the blocks that hold these files are read. What is
    in DEST already with the right content is not fetched again: after an interruption the same command goes on.
    The files of a directory go into DEST itself; a file goes into DEST if that is a folder or ends with '/'.`,
  options: {
    force: { type: 'flag', short: 'f', describe: 'replace files that are there and differ' },
    ...whereOption,
  },
  operands: { min: 1, max: 2, complete: 'revision' },
  examples: [
    { command: 'dv get origin@main:models/best.pt', what: 'one file, into the current directory' },
    { command: 'dv get s3://lab/plates@v2:day1 ./day1', what: 'a directory of a bucket' },
    { command: 'dv get s3://lab/plates ./ctrl --where "\'ctrl\' IN tags"', what: 'what its metadata means' },
    { command: "dv get 'https://host/data@v1:**/*.csv' tables", what: 'all tables of a published store' },
  ],
  async run({ options, operands }, { reader, work }) {
    const [address = '', destination] = operands
    const { force, where } = options
    return await (await reader()).get({ ...work, ...given({ destination, where }), address, force })
  },
  render({ destination, written, kept, purged }, screen) {
    const there = kept.files > 0 ? `; ${sum(kept)} there already` : ''
    screen.note(`Got ${sum(written)} into '${safe(destination)}'${there}`)
    if (purged) screen.note(purgedSummary(purged))
  },
})
