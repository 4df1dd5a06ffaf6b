import { defineCommand, given } from '../command.js'
import { count } from '../render/amounts.js'
import { checkoutSummary } from '../render/changes.js'
import { safe } from '../render/escape.js'

export const undo = defineCommand({
  name: 'undo',
  summary: 'Take back the last operation',
  usage: ['[OPERATION]'],
  description: `
    Commit, merge, switch, restore, 'branch -D': whatever came last in this working directory, files and branches
    included. An undo is an operation too, so undoing twice is redoing. OPERATION is an id of 'dv op log'.`,
  options: {},
  operands: { max: 1 },
  examples: [
    { command: 'dv undo', what: 'as if the last command had not been typed' },
    { command: 'dv undo 5e6f7a8b', what: 'take back an earlier operation' },
  ],
  async run({ operands }, { repository, work }) {
    return await (await repository()).undo({ ...work, ...given({ operation: operands[0] }) })
  },
  render(result, screen) {
    const { undone, branch, commit, restored, metadata = 0 } = result
    screen.note(`Undone: ${safe(undone.summary)}`)
    const where = branch === undefined ? 'On no branch' : `On branch '${safe(branch)}'`
    const at = commit ? ` at ${safe(commit.short)} ${safe(commit.subject)}` : ', no commits'
    const waits = metadata > 0 ? [`metadata of ${count(metadata, 'path')} is as it was before`] : []
    const hasFiles = restored.written + restored.removed > 0 || restored.purged !== undefined
    const files = hasFiles || waits.length === 0 ? [checkoutSummary(restored)] : []
    screen.note(`${where}${at}; ${[...files, ...waits].join(', ')}`)
    screen.hint("'dv undo' once more takes this back")
  },
})
