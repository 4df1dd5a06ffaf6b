import type { TreeEntry } from '../api-types.js'
import { defineCommand, given } from '../command.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { orNothing, whereOption } from '../where-option.js'

export const ls = defineCommand({
  name: 'ls',
  summary: 'List files of a commit',
  usage: ['[-R] [-l] [--where EXPR] [REV] [PATH]', '[-R] [-l] [REPO@]REV:PATH', '[-R] [-l] URL'],
  description: `
    Reads the commit, not the working directory: nothing has to be checked out. A single word is a revision,
    or a path of HEAD when no revision is called so. REPO@ before a revision is another store: a remote's
    name, a folder or a URL, read where it is; a URL alone is its HEAD. With --json each entry is a line.
    --where lists all files below that an expression means, said of path, directory, name, extension, kind, size,
    id and metadata, inherited from directories too: "line = 'AICS-23' AND plate > 35", "'ctrl' IN tags".`,
  options: {
    recursive: { type: 'flag', short: 'R', describe: 'files of all directories below' },
    long: { type: 'flag', short: 'l', describe: 'kind, size and content id too' },
    ...whereOption,
  },
  operands: { max: 2, complete: 'revision' },
  examples: [
    { command: 'dv ls', what: 'the top of HEAD' },
    { command: 'dv ls -l v1:data', what: 'the directory data as it was at v1' },
    { command: 'dv ls -R origin/main', what: 'every file of a remote branch' },
    { command: 'dv ls --where "extension = \'tif\' AND size > 1000000"', what: 'only what this means' },
    { command: 'dv ls s3://bucket/plates@v2:day1', what: 'a directory of a store nobody cloned' },
  ],
  async run({ options, operands }, { reader, work, say }) {
    const { recursive, long, where } = options
    const entries = (await reader()).ls({ ...work, operands, recursive, ...given({ where }) })
    return { entries: orNothing(entries, where, say), long }
  },
  json: ({ entries }) => entries,
  async render({ entries, long }, screen) {
    for await (const entry of entries) {
      screen.line(long ? longLine(entry, screen) : name(entry, screen))
      await screen.breathe()
    }
  },
})

function name(entry: TreeEntry, screen: Screen): string {
  const path = safe(entry.path)
  if (entry.kind === 'directory') return screen.style.blue(`${path}/`)
  return entry.kind === 'executable' ? screen.style.green(path) : path
}

const LETTERS = { file: '-', executable: 'x', symlink: 'l', directory: 'd' } as const

function longLine(entry: TreeEntry, screen: Screen): string {
  const what =
    entry.kind === 'directory' ? count(entry.files ?? 0, 'file') : safe(entry.content?.slice(0, 12) ?? '')
  const arrow = entry.target === undefined ? '' : ` -> ${safe(entry.target)}`
  return `${LETTERS[entry.kind]}  ${size(entry.bytes).padStart(8)}  ${what.padEnd(12)}  ${name(entry, screen)}${arrow}`
}
