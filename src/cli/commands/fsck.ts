import { EXIT } from '../../base/index.js'
import type { FsckProblem } from '../api-types.js'
import { defineCommand } from '../command.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'

/** What a problem reaches, listed at most so often. */
const REACHES_SHOWN = 10

export const fsck = defineCommand({
  name: 'fsck',
  summary: 'Check the store for damage',
  usage: ['[--deep]'],
  description: `
    Checks that everything a branch, tag or operation needs is there and fits together; with --deep also reads
    and hashes every byte. Damage is named with the commits and paths it reaches (status 12).`,
  options: { deep: { type: 'flag', describe: 'read and check every byte' } },
  examples: [
    { command: 'dv fsck', what: 'a quick check of the structure' },
    { command: 'dv fsck --deep', what: 'before trusting a disk' },
  ],
  async run({ options }, { repository, work, exit }) {
    const result = await (await repository()).fsck({ ...work, deep: options.deep })
    if (result.problems.length > 0) exit(EXIT.corrupt)
    return result
  },
  render({ checked, problems, deep }, screen) {
    for (const problem of problems) renderProblem(problem, screen)
    const { commits, packs, objects, bytes } = checked
    const read = `${count(commits, 'commit')}, ${count(objects, 'object')} in ${count(packs, 'pack')}${deep ? `, ${size(bytes)} read` : ''}`
    if (checked.absent > 0)
      screen.note(`${count(checked.absent, 'object')} at remotes, not here, as promised`)
    if (problems.length === 0) screen.note(`No damage: ${read}`)
    else screen.line(`${screen.style.red(count(problems.length, 'problem'))} in ${read}`)
  },
})

function renderProblem(problem: FsckProblem, screen: Screen): void {
  const { red } = screen.style
  screen.line(`${red(problem.kind)} ${safe(problem.object)} ${safe(problem.name)}: ${safe(problem.what)}`)
  for (const { short, path } of problem.reaches.slice(0, REACHES_SHOWN)) {
    screen.line(`  reaches ${safe(short)}${path === undefined ? '' : `:${safe(path)}`}`)
  }
  const more = problem.reaches.length - REACHES_SHOWN
  if (more > 0) screen.line(`  and ${more} more`)
}
