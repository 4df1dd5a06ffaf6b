import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { remoteSettings, settingsOf } from '../remote-settings.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'

const { endpoint, region, profile, 'path-style': pathStyle } = remoteSettings

export const exportManifest = defineCommand({
  name: 'export-manifest',
  summary: 'Write the table of files as Parquet, for other engines',
  usage: [
    '--parquet DIR [--at REV] [--rows N]',
    '--parquet s3://BUCKET/PREFIX [--at REV] [--endpoint URL] …',
  ],
  description: `
    Spark, Trino, pandas, or whatever reads Parquet, then filters, joins and counts the files of a commit with
    their metadata, on as many machines as it likes: the columns are those of 'files' in 'dv query', sorted by
    path. Each commit gets a folder 'at_commit=ID', so that several are one table with that column. It is there
    as a whole or not at all, and what was exported before stays as it is. In a bucket it is whole once
    '_export.json' is there; started again after an interruption, only what is missing is sent.`,
  options: {
    parquet: {
      type: 'string',
      value: 'DIR',
      describe: 'where to: a folder or s3://BUCKET/PREFIX',
      complete: 'file',
    },
    at: {
      type: 'string',
      value: 'REV',
      describe: 'what to write: [REPO@]REV, default HEAD',
      complete: 'revision',
    },
    rows: { type: 'count', value: 'N', describe: 'rows of each Parquet file, default 1,000,000' },
    ...{ endpoint, region, profile, 'path-style': pathStyle },
  },
  operands: { max: 0 },
  examples: [
    { command: 'dv export-manifest --parquet tables', what: 'the files of HEAD, in ./tables/at_commit=…' },
    {
      command: 'dv export-manifest --parquet s3://lab/tables --at s3://lab/plates@v2',
      what: 'of a version that nobody cloned, from a bucket into a bucket',
    },
  ],
  async run({ options }, { reader, work }) {
    const { parquet: destination, at, rows } = options
    if (destination === undefined) throw usageError(exportManifest, "Where to? '--parquet DIR' is missing")
    const where = { destination, ...settingsOf(options) }
    return await (await reader()).exportManifest({ ...work, ...where, ...given({ at, partRows: rows }) })
  },
  render({ location, outcome, rows, parts, bytes }, screen) {
    const what = `${count(rows, 'row')} in ${count(parts, 'file')}, ${size(bytes)}`
    if (outcome === 'there') screen.note(`'${safe(location)}' is there already: ${what}`)
    else screen.note(`Exported ${what}, to '${safe(location)}'`)
  },
})
