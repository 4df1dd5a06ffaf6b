import { EXIT } from '../../base/index.js'
import type { OutdatedItem } from '../api-types.js'
import { defineCommand } from '../command.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { relativeTime } from '../render/times.js'

export const outdated = defineCommand({
  name: 'outdated',
  summary: 'List pins whose revision has moved on',
  usage: ['[NAME…] [--exit-code]'],
  description: `
    Asks each store of 'dv.lock' what the revision of a pin means now. Nothing is changed. A store that
    cannot be reached does not hide the others; the status is then 1.`,
  options: {
    'exit-code': { type: 'flag', describe: 'end with status 3 when one has moved on' },
  },
  operands: { max: Infinity },
  examples: [
    { command: 'dv outdated', what: 'what dv update would pin' },
    { command: 'dv outdated --exit-code', what: 'in a nightly job' },
  ],
  async run({ options, operands: names }, { api, work, exit }) {
    const items = (await api()).dependencies.outdated({ ...work, names })
    async function* noticed() {
      let hasFailed = false
      for await (const item of items) {
        hasFailed ||= item.state === 'failed'
        if (hasFailed) exit(EXIT.failed)
        else if (item.state === 'moved' && options['exit-code']) exit(EXIT.conflict)
        yield item
      }
    }
    return noticed()
  },
  async render(items, screen) {
    let moved = 0
    let all = 0
    for await (const item of items) {
      all++
      if (item.state === 'moved') moved++
      renderItem(item, screen)
    }
    if (moved > 0) screen.hint("'dv update' pins what is new, 'dv install' brings it")
    else screen.note(all === 0 ? 'Nothing is pinned' : 'Nothing has moved on')
  },
})

function renderItem({ name, revision, commit, newest, failure, state }: OutdatedItem, screen: Screen): void {
  const what = `${screen.style.bold(safe(name))} ${safe(revision)}`
  if (failure) screen.line(`${what}: ${safe(failure.message)}`)
  else if (state === 'moved' && newest) {
    const when = relativeTime(newest.time, screen.now)
    const ids = `${safe(commit.slice(0, 10))} -> ${safe(newest.commit.slice(0, 10))}`
    screen.line(`${what}: ${ids} ${safe(newest.subject)} (${when})`)
  }
}
