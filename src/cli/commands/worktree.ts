import type { WorktreeInfo } from '../api-types.js'
import { type CommandGroup, defineCommand, given } from '../command.js'
import { checkoutSummary } from '../render/changes.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { table } from '../render/table.js'

const list = defineCommand({
  name: 'worktree list',
  summary: 'List the working directories of this store',
  usage: [''],
  options: {},
  examples: [{ command: 'dv worktree list', what: 'where each is and what it has checked out' }],
  async run(_args, { repository }) {
    return await (await repository()).worktrees()
  },
  json: (worktrees) => ({ worktrees }),
  render(worktrees, screen) {
    const rows = worktrees.map((one) => [
      one.current ? '*' : ' ',
      safe(one.directory),
      safe(one.commit?.short ?? '-'),
      whereText(one),
    ])
    for (const line of table(rows)) screen.line(line)
  },
})

const add = defineCommand({
  name: 'worktree add',
  summary: 'Check out another branch beside this one',
  usage: ['[-b NEW] DIR [REV]'],
  options: {
    branch: { type: 'string', short: 'b', value: 'NEW', describe: 'make this branch there' },
    force: { type: 'flag', short: 'f', describe: 'even if another working directory has the branch' },
  },
  operands: { min: 1, max: 2, complete: 'revision' },
  examples: [
    { command: 'dv worktree add ../old v1', what: 'the files of v1 beside these, from the same store' },
    { command: 'dv worktree add -b fix ../fix', what: 'a new branch in its own directory' },
  ],
  async run({ options, operands }, { repository, work }) {
    const [directory = '', revision] = operands
    const { branch, force } = options
    return await (
      await repository()
    ).addWorktree({ ...work, directory, force, ...given({ revision, branch }) })
  },
  render(added, screen) {
    screen.note(`'${safe(added.directory)}': ${whereText(added)}; ${checkoutSummary(added.checkout)}`)
  },
})

const remove = defineCommand({
  name: 'worktree remove',
  summary: 'Delete a working directory, not its commits',
  usage: ['[-f] DIR'],
  options: { force: { type: 'flag', short: 'f', describe: 'even with uncommitted changes, which are lost' } },
  operands: { min: 1, max: 1, complete: 'file' },
  examples: [{ command: 'dv worktree remove ../old', what: 'delete the directory and forget it' }],
  async run({ options, operands }, { repository }) {
    return await (await repository()).removeWorktree({ directory: operands[0] ?? '', force: options.force })
  },
  render(removed: WorktreeInfo, screen: Screen) {
    screen.note(`Removed '${safe(removed.directory)}'`)
  },
})

export const worktree: CommandGroup = {
  name: 'worktree',
  summary: 'Work on several branches at once',
  commands: [add, list, remove],
  fallback: list,
}

function whereText(one: WorktreeInfo): string {
  const where =
    one.branch === undefined
      ? `no branch${one.commit ? `, at ${safe(one.commit.short)}` : ''}`
      : `branch ${safe(one.branch)}`
  return one.missing ? `${where} (its directory is gone)` : where
}
