import type { ProfileRecord } from '../api-types.js'
import { defineCommand, given } from '../command.js'
import { renderProfile } from '../render/profile.js'
import { whereOption } from '../where-option.js'

export const profile = defineCommand({
  name: 'profile',
  summary: 'Show what folders and tables are made of',
  usage: ['[--at REV] [--where EXPR] [-d DEPTH] [PATHS…]'],
  description: `
    Of each folder files, sizes, endings, and what its images are by their headers. Of each table (CSV, TSV, JSON,
    Parquet, Arrow) rows, and of each column its type, which all of its values have, how many are missing and how
    many differ, range, mean, quartiles, a histogram or the most frequent values. '~' stands before estimates. All
    rows are read; what was found is kept by content, so that only what changed is read again. Without --at the
    working directory is read, as a commit would record it.`,
  options: {
    at: { type: 'string', value: 'REV', describe: 'what to profile: [REPO@]REV', complete: 'revision' },
    ...whereOption,
    depth: { type: 'count', short: 'd', value: 'N', describe: 'levels of folders shown (1)' },
  },
  operands: { max: Infinity, complete: 'file' },
  examples: [
    { command: 'dv profile cells.csv', what: 'each column of a table' },
    { command: 'dv profile images --at v1', what: 'sizes, formats and dimensions of images at v1' },
    {
      command: 'dv profile --at s3://lab/plates@main --where "extension = \'parquet\'"',
      what: 'tables elsewhere',
    },
  ],
  async run({ options, operands }, { reader, work }): Promise<AsyncIterable<ProfileRecord>> {
    const { at, where, depth } = options
    return (await reader()).profile({ ...work, paths: operands, ...given({ at, where, depth }) })
  },
  render: (records, screen) => renderProfile(records, screen),
})
