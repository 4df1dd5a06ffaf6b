import { EXIT } from '../../base/index.js'
import type { AbortResult, CellsMeant, MergeResult, Repository, ResolveResult } from '../api-types.js'
import { usageError } from '../arguments.js'
import { type Args, defineCommand, given, type OptionTable } from '../command.js'
import type { Context } from '../context.js'
import { count } from '../render/amounts.js'
import { renderConflicts } from '../render/changes.js'
import { safe } from '../render/escape.js'
import { renderMerge } from '../render/merge.js'
import { NO_CHECKS, passedOver } from '../gate-option.js'

const USAGE = [
  '[--no-ff | --ff-only] [-m MSG] [--ours | --theirs] REV',
  '--ours | --theirs [PATHS]',
  '--ours | --theirs --row KEY=VALUE [--column NAME] PATH',
  '--continue [-m MSG]',
  '--abort',
]

const OPTIONS = {
  message: {
    type: 'string',
    short: 'm',
    multiple: true,
    value: 'MSG',
    describe: 'message of the merge commit',
  },
  'no-ff': { type: 'flag', describe: 'make a merge commit even where none is needed' },
  'ff-only': { type: 'flag', describe: 'refuse when a merge commit would be needed' },
  'no-checks': NO_CHECKS,
  ours: { type: 'flag', describe: 'settle conflicts by our side' },
  theirs: { type: 'flag', describe: 'settle conflicts by their side' },
  row: {
    type: 'string',
    multiple: true,
    value: 'KEY=VALUE',
    describe: 'of a table: settle only cells of this row',
  },
  column: { type: 'string', multiple: true, value: 'NAME', describe: 'of a table: settle only this cell' },
  continue: { type: 'flag', describe: 'commit the merge, once conflicts are settled' },
  abort: { type: 'flag', describe: 'go back to before the merge' },
} as const satisfies OptionTable

type Result =
  | { type: 'merged'; result: MergeResult }
  | { type: 'resolved'; result: ResolveResult }
  | { type: 'aborted'; result: AbortResult }

export const merge = defineCommand({
  name: 'merge',
  summary: 'Join another branch into this one',
  usage: USAGE,
  description: `
    Files changed on one side only are taken; text changed on both is merged by lines. What cannot be joined is
    a conflict (status 3): both sides are kept beside the file. During a merge, --ours and --theirs settle all
    conflicts, or those at PATHS. --continue and --abort end a revert, too.

    CSV, TSV and JSON Lines are merged by the key of their rows, cell by cell. Where both sides set a cell, ours
    stands in the file; --ours or --theirs PATH settles its cells and keeps all else that was merged or edited,
    --row and --column only these. 'dv status' lists the cells.`,
  options: OPTIONS,
  operands: { max: Infinity, complete: 'revision' },
  examples: [
    { command: 'dv merge cleanup', what: 'bring branch cleanup into this one' },
    { command: 'dv merge --theirs labels.csv', what: 'settle one conflict by their version' },
    { command: 'dv merge --theirs --row id=7 --column age cells.csv', what: 'settle one cell' },
    { command: 'dv merge --continue', what: 'record the merge' },
    { command: 'dv merge --abort', what: 'as if it had not been begun' },
  ],
  async run(args, context): Promise<Result> {
    return await runMerge(args, await context.repository(), context)
  },
  json: ({ result }) => result,
  render(done, screen) {
    if (done.type === 'merged') renderMerge(done.result, screen)
    else if (done.type === 'aborted') {
      const { commit, restored } = done.result
      screen.note(`Back at ${safe(commit.short)}; ${count(restored, 'file')} put back`)
    } else {
      const { resolved, left } = done.result
      for (const path of resolved) screen.note(`Settled ${screen.path(path)}`)
      if (left.length > 0) {
        screen.line(`${count(left.length, 'conflict')} left:`)
        renderConflicts(left, screen)
      } else screen.hint("no conflicts left: 'dv merge --continue' records the merge")
    }
  },
})

async function runMerge(
  args: Args<typeof OPTIONS>,
  repository: Repository,
  context: Context,
): Promise<Result> {
  const { options, operands } = args
  const { work } = context
  checkMerge(args)
  const checks = passedOver(options)
  const message = options.message.length > 0 ? options.message.join('\n\n') : undefined
  if (options.abort) return { type: 'aborted', result: await repository.abortMerge(work) }
  if (options.continue) {
    return {
      type: 'merged',
      result: await repository.continueMerge({ ...work, ...checks, ...given({ message }) }),
    }
  }
  const favour: 'ours' | 'theirs' | undefined = options.ours ? 'ours' : options.theirs ? 'theirs' : undefined
  const underWay = favour !== undefined && (await repository.mergeUnderWay())
  if (favour !== undefined && underWay) {
    return {
      type: 'resolved',
      result: await repository.resolveMerge({
        ...work,
        side: favour,
        paths: operands,
        ...given({ cells: cellsMeant(options) }),
      }),
    }
  }
  if (cellsMeant(options))
    throw usageError(
      USAGE_OF,
      '--row and --column settle conflicts: no merge is under way, or no side is named',
    )
  const [revision, ...more] = operands
  if (revision === undefined) throw usageError(USAGE_OF, "'dv merge' needs a branch or commit to merge")
  if (more.length > 0) throw usageError(USAGE_OF, 'Only one branch can be merged at a time')
  const fastForward = options['no-ff'] ? 'never' : options['ff-only'] ? 'only' : 'allowed'
  const result = await repository.merge({
    ...work,
    revision,
    fastForward,
    ...checks,
    ...given({ message, favour }),
  })
  if (result.outcome === 'conflicts') context.exit(EXIT.conflict)
  return { type: 'merged', result }
}

function cellsMeant({ row, column }: Args<typeof OPTIONS>['options']): CellsMeant | undefined {
  if (row.length === 0 && column.length === 0) return undefined
  const pairs = row.map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw usageError(USAGE_OF, `'--row ${text}' is no KEY=VALUE, like --row id=7`)
    return [text.slice(0, at), text.slice(at + 1)] as const
  })
  return { row: Object.fromEntries(pairs), columns: column }
}

const USAGE_OF = { name: 'merge', usage: USAGE }

function checkMerge({ options, operands }: Args<typeof OPTIONS>): void {
  const pairs = [
    ['no-ff', 'ff-only'],
    ['ours', 'theirs'],
    ['abort', 'continue'],
  ] as const
  for (const [a, b] of pairs) {
    if (options[a] && options[b]) throw usageError(USAGE_OF, `Either --${a} or --${b}`)
  }
  if ((options.abort || options.continue) && operands.length > 0) {
    throw usageError(USAGE_OF, `'--${options.abort ? 'abort' : 'continue'}' does not take '${operands[0]}'`)
  }
}
