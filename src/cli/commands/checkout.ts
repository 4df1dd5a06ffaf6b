import { usageError } from '../arguments.js'
import type { RestoreResult, SparseResult, SwitchResult } from '../api-types.js'
import { defineCommand, given } from '../command.js'
import { sum } from '../render/amounts.js'
import { checkoutSummary } from '../render/changes.js'
import { safe } from '../render/escape.js'
import { sparseList } from '../render/sparse.js'
import { renderSwitch } from '../render/switch.js'

const USAGE = [
  '[-f] REV',
  'REV -- PATHS',
  '--sparse PATTERN…',
  '--where EXPR',
  '--add [--where EXPR] PATTERN…',
  '--full',
]

type Result =
  | { type: 'switch'; result: SwitchResult }
  | { type: 'restore'; result: RestoreResult }
  | { type: 'sparse'; result: SparseResult }

export const checkout = defineCommand({
  name: 'checkout',
  summary: 'Go to any commit, or choose what is checked out',
  usage: USAGE,
  description: `
    REV may be a branch, a tag or any commit. With PATHS only those files are put back as they were there.
    --sparse keeps only what matches in the working directory; commits still hold the rest.
    --where keeps only what EXPR means ('dv help ls'), then and after every switch, merge and pull.
    --add brings more of it, from the remote where a clone is lazy or the data was dropped.`,
  options: {
    sparse: { type: 'flag', describe: 'the operands are patterns of what is to be there' },
    add: { type: 'flag', describe: 'the operands are to be there too' },
    where: { type: 'string', value: 'EXPR', describe: 'what this expression means is to be there' },
    full: { type: 'flag', describe: 'check out everything again' },
    force: {
      type: 'flag',
      short: 'f',
      describe: "give up changes that stand in the way ('dv undo' brings them back)",
    },
  },
  operands: { max: Infinity, complete: 'revision' },
  pathsAfterDashes: true,
  examples: [
    { command: 'dv checkout v1', what: 'the files as they were at v1' },
    { command: 'dv checkout v1 -- labels.csv', what: 'one file as it was at v1' },
    { command: "dv checkout --sparse 'labels/**' '*.md'", what: 'keep only these in the working directory' },
    { command: "dv checkout --where 'plate > 35'", what: 'keep only what its metadata means' },
    { command: 'dv checkout --add plate01', what: 'bring a folder that is not here' },
    { command: 'dv checkout --full', what: 'have everything again' },
  ],
  async run({ options, operands, paths }, { repository, work }): Promise<Result> {
    const { sparse, add, full, force, where } = options
    if (sparse || add || full || where !== undefined) {
      const patterns = [...operands, ...(paths ?? [])]
      checkSparse({ ...options, patterns })
      const what = { patterns: full ? undefined : patterns, ...(add && { add }), ...given({ where }) }
      return { type: 'sparse', result: await (await repository()).sparse({ ...work, force, ...what }) }
    }
    const [to, ...more] = operands
    if (to === undefined) throw usageError(USAGE_OF, "'dv checkout' needs a revision")
    const files = [...more, ...(paths ?? [])]
    if (paths !== undefined && files.length === 0) throw usageError(USAGE_OF, "No paths behind '--'")
    if (files.length > 0) {
      return {
        type: 'restore',
        result: await (await repository()).restore({ ...work, source: to, paths: files }),
      }
    }
    const how = { to, create: false, detach: 'auto' as const, force }
    return { type: 'switch', result: await (await repository()).switch({ ...work, ...how }) }
  },
  json: ({ result }) => result,
  render(done, screen) {
    if (done.type === 'switch') renderSwitch(done.result, screen)
    else if (done.type === 'restore') {
      const { source } = done.result
      screen.note(
        `Restored from ${safe(source.name)} (${safe(source.short)}): ${checkoutSummary(done.result)}`,
      )
    } else {
      const { patterns, total } = done.result
      const what = patterns ? `Checked out: ${sparseList(patterns)}` : 'Checked out: everything'
      screen.note(`${what} (${sum(total)}); ${checkoutSummary(done.result)}`)
    }
  },
})

const USAGE_OF = { name: 'checkout', usage: USAGE }

interface Sparse {
  sparse: boolean
  add: boolean
  full: boolean
  where?: string | undefined
  patterns: readonly string[]
}

function checkSparse({ sparse, add, full, where, patterns }: Sparse): void {
  const [first] = patterns
  if (Number(sparse) + Number(add) + Number(full) > 1)
    throw usageError(USAGE_OF, 'One of --sparse, --add and --full')
  if (full && where !== undefined) throw usageError(USAGE_OF, "Either '--full' or '--where'")
  if (full && first !== undefined) throw usageError(USAGE_OF, `'--full' does not take '${first}'`)
  if (!sparse && !add && !full && first !== undefined)
    throw usageError(USAGE_OF, `'--where' alone does not take '${first}'; '--sparse' takes patterns besides`)
  if (!full && where === undefined && first === undefined)
    throw usageError(USAGE_OF, `'--${add ? 'add' : 'sparse'}' needs a pattern; '--full' has everything again`)
}
