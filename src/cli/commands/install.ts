import { EXIT } from '../../base/index.js'
import type { InstalledDependency, VerifyRecord } from '../api-types.js'
import { defineCommand, given } from '../command.js'
import { sum } from '../render/amounts.js'
import { purgedSummary } from '../render/changes.js'
import { renderVerified } from '../render/dependencies.js'
import { safe } from '../render/escape.js'

export const install = defineCommand({
  name: 'install',
  summary: 'Make folders hold what dv.lock pins',
  usage: ['[NAME…] [--frozen] [--into DIR] [--force]'],
  description: `
    Each dependency of 'dv.lock', of the current folder or one above, gets a folder of plain files. What is
    there is not fetched again, and what was fetched before, for whatever code, comes from the user's cache:
    then no connection is needed. Files of the version before are replaced or removed. Files that you
    changed or put there are left alone: where one stands in the way nothing of that folder is changed, and
    the status is 3. After an interruption the same command goes on.`,
  options: {
    frozen: {
      type: 'flag',
      describe: 'then read every byte again; status 3 unless all is exactly as pinned, and nothing besides',
    },
    into: { type: 'string', value: 'DIR', describe: 'put the folders below DIR, not beside dv.lock' },
    force: { type: 'flag', short: 'f', describe: 'replace files that differ (never folders)' },
  },
  operands: { max: Infinity },
  examples: [
    { command: 'dv install', what: 'all that the code needs' },
    { command: 'dv install plates --into /mnt/scratch', what: 'one dependency, on a large disk' },
    { command: 'dv install --frozen', what: 'in CI: exactly this, or fail' },
  ],
  async run({ options, operands: names }, { api, work, exit }) {
    const { frozen, into, force } = options
    const { dependencies } = await api()
    const chosen = { ...work, ...given({ into }), names }
    const result = await dependencies.install({ ...chosen, force })
    const records: VerifyRecord[] = []
    if (frozen) for await (const record of dependencies.verify(chosen)) records.push(record)
    if (records.some(({ type }) => type === 'difference')) exit(EXIT.conflict)
    return { ...result, ...(frozen && { verified: records }) }
  },
  render({ dependencies, verified = [] }, screen) {
    for (const one of dependencies) {
      screen.note(summary(one))
      if (one.purged) screen.note(purgedSummary(one.purged))
    }
    if (dependencies.length === 0) screen.note('Nothing is pinned')
    for (const record of verified) renderVerified(record, screen)
  },
})

function summary({ name, folder, written, kept, removed }: InstalledDependency): string {
  const gone = removed.files > 0 ? `, ${sum(removed)} removed` : ''
  const there = kept.files > 0 ? `, ${sum(kept)} there already` : ''
  return `Installed '${safe(name)}' in '${safe(folder)}': ${sum(written)} written${there}${gone}`
}
