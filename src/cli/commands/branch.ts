import type { BranchCreated, BranchInfo, BranchRenamed, RefDeleted, Repository } from '../api-types.js'
import { usageError } from '../arguments.js'
import { type Args, defineCommand, given, type OptionTable } from '../command.js'
import { upstreamState } from '../render/commits.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { relativeTime } from '../render/times.js'

const USAGE = ['[-v] [-a | -r]', 'NAME [START]', '-d NAME…', '-m [OLD] NEW']

const OPTIONS = {
  all: { type: 'flag', short: 'a', describe: "list the remotes' branches too" },
  remotes: { type: 'flag', short: 'r', describe: "list the remotes' branches only" },
  verbose: { type: 'flag', short: 'v', describe: 'commit, upstream and age of each' },
  delete: { type: 'flag', short: 'd', describe: 'delete branches whose commits are kept elsewhere' },
  'delete-force': {
    type: 'flag',
    short: 'D',
    describe: "delete them in any case ('dv undo' brings them back)",
  },
  move: { type: 'flag', short: 'm', describe: 'rename a branch, the current one unless OLD is given' },
  force: { type: 'flag', short: 'f', describe: 'replace a branch that exists' },
} as const satisfies OptionTable

type Result =
  | { type: 'list'; branches: BranchInfo[]; verbose: boolean }
  | { type: 'created'; branch: BranchCreated }
  | { type: 'deleted'; branches: RefDeleted[] }
  | { type: 'renamed'; branch: BranchRenamed }

export const branch = defineCommand({
  name: 'branch',
  summary: 'List, make, rename or delete branches',
  usage: USAGE,
  description:
    "A new branch begins at START, or at HEAD. It is not switched to: 'dv switch -c NAME' does both.",
  options: OPTIONS,
  operands: { max: Infinity, complete: 'branch' },
  examples: [
    { command: 'dv branch -v', what: 'branches, their last commits and how they stand to their upstreams' },
    { command: 'dv branch cleanup v1', what: 'a branch that begins at v1' },
    { command: 'dv branch -d cleanup', what: 'delete it' },
    { command: 'dv branch -m new-name', what: 'rename the branch you are on' },
  ],
  async run(args, { repository }): Promise<Result> {
    return await runBranch(args, await repository())
  },
  json: (result) =>
    result.type === 'list'
      ? { branches: result.branches }
      : result.type === 'deleted'
        ? { deleted: result.branches }
        : result.branch,
  render(result, screen) {
    if (result.type === 'list') renderList(result.branches, result.verbose, screen)
    else if (result.type === 'created') {
      screen.note(`Branch '${safe(result.branch.name)}' begins at ${safe(result.branch.short)}`)
      screen.hint(`'dv switch ${safe(result.branch.name)}' goes there`)
    } else if (result.type === 'renamed') {
      screen.note(`Branch '${safe(result.branch.from)}' is now '${safe(result.branch.to)}'`)
    } else {
      for (const gone of result.branches)
        screen.note(`Deleted branch '${safe(gone.name)}' (was ${safe(gone.short)})`)
      screen.hint("'dv undo' brings it back")
    }
  },
})

async function runBranch(
  { options, operands }: Args<typeof OPTIONS>,
  repository: Repository,
): Promise<Result> {
  const { force, all, remotes, verbose } = options
  if (options.delete || options['delete-force']) {
    if (operands.length === 0)
      throw usageError({ name: 'branch', usage: USAGE }, 'Which branch is to be deleted?')
    const forced = options['delete-force'] || force
    return { type: 'deleted', branches: await repository.deleteBranches({ names: operands, force: forced }) }
  }
  const [first, second, ...more] = operands
  if (more.length > 0)
    throw usageError({ name: 'branch', usage: USAGE }, `'dv branch' does not take '${more[0]}'`)
  if (options.move) {
    if (first === undefined)
      throw usageError({ name: 'branch', usage: USAGE }, "'dv branch -m' needs the new name")
    const names = second === undefined ? { to: first } : { from: first, to: second }
    return { type: 'renamed', branch: await repository.renameBranch({ ...names, force }) }
  }
  if (first === undefined)
    return { type: 'list', branches: await repository.branches({ all, remotes }), verbose }
  return {
    type: 'created',
    branch: await repository.createBranch({ name: first, force, ...given({ start: second }) }),
  }
}

function renderList(branches: readonly BranchInfo[], verbose: boolean, screen: Screen): void {
  const width = Math.max(0, ...branches.map((one) => safe(one.name).length))
  for (const one of branches) {
    const mark = one.current ? '*' : one.worktree === undefined ? ' ' : '+'
    const paint = one.current ? screen.style.green : one.remote ? screen.style.red : (text: string) => text
    const name = safe(one.name)
    const detail = verbose ? `${' '.repeat(width - name.length)}  ${branchDetail(one, screen)}` : ''
    screen.line(`${mark} ${paint(name)}${detail}`.trimEnd())
  }
}

function branchDetail(one: BranchInfo, screen: Screen): string {
  const { commit, upstream, worktree } = one
  if (commit === undefined) return 'no commits yet'
  const state = upstream ? ` [${safe(upstream.name)}: ${upstreamState(upstream)}]` : ''
  const elsewhere = worktree === undefined ? '' : ` (in ${safe(worktree)})`
  const age = screen.style.dim(relativeTime(commit.time, screen.now))
  return `${screen.style.yellow(safe(commit.short))}${state}${elsewhere} ${safe(commit.subject)} ${age}`
}
