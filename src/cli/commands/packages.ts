import { defineCommand } from '../command.js'
import { remoteSettings, settingsOf } from '../remote-settings.js'
import { count, sum } from '../render/amounts.js'
import { safe } from '../render/escape.js'

const { endpoint, region, profile, 'path-style': pathStyle } = remoteSettings

export const packages = defineCommand({
  name: 'packages',
  summary: 'List the stores in a bucket or folder',
  usage: ['LOCATION'],
  description: `
    Every store below a folder or an s3:// address, with its branch and commit, tags, the size of its files, and
    the first line of its README. Nothing is cloned. With --json each store is a line.`,
  options: { endpoint, region, profile, 'path-style': pathStyle },
  operands: { min: 1, max: 1, complete: 'file' },
  examples: [
    { command: 'dv packages s3://lab', what: 'what a lab keeps in its bucket' },
    { command: 'dv packages /mnt/data', what: 'the stores on a disk' },
  ],
  async run({ options, operands }, { api, work }) {
    const location = operands[0] ?? ''
    return (await api()).packages({ ...work, location, ...settingsOf(options) })
  },
  json: (stores) => stores,
  async render(stores, screen) {
    let found = 0
    for await (const { url, head, tags, total, description, error } of stores) {
      found++
      screen.line(screen.style.yellow(safe(url)))
      if (description !== undefined) screen.line(`  ${safe(description)}`)
      if (error) screen.line(`  ${safe(error.message)}`)
      else if (head) {
        const at = head.branch === undefined ? head.short : `${safe(head.branch)} at ${head.short}`
        screen.line(`  ${at}, ${total ? sum(total) : ''}`)
      } else screen.line('  no commits yet')
      if (tags.length > 0) screen.line(`  ${count(tags.length, 'tag')}: ${tags.map(safe).join(', ')}`)
      await screen.breathe()
    }
    if (found === 0) screen.note('There is no store there')
  },
})
