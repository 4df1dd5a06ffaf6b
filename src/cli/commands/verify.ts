import { EXIT } from '../../base/index.js'
import { defineCommand, given } from '../command.js'
import { renderVerified } from '../render/dependencies.js'

export const verify = defineCommand({
  name: 'verify',
  summary: 'Prove that what is on disk is what was pinned',
  usage: ['[NAME…] [--into DIR]'],
  description: `
    Reads every file that 'dv install' put into the folders of 'dv.lock' and holds its BLAKE3 against the
    pinned commit. Prints what is missing, changed or not of it. Status 0 when all is as it was pinned, else
    3. Files that systems and editors leave everywhere, as .DS_Store, do not count.`,
  options: {
    into: { type: 'string', value: 'DIR', describe: 'the folders are below DIR, not beside dv.lock' },
  },
  operands: { max: Infinity },
  examples: [
    { command: 'dv verify', what: 'before a result is published' },
    { command: 'dv verify plates --json', what: 'one dependency, with the ids of what differs' },
  ],
  async run({ options, operands: names }, { api, work, exit }) {
    const { dependencies } = await api()
    const records = dependencies.verify({ ...work, ...given({ into: options.into }), names })
    async function* noticed() {
      for await (const record of records) {
        if (record.type === 'difference') exit(EXIT.conflict)
        yield record
      }
    }
    return noticed()
  },
  async render(records, screen) {
    for await (const record of records) {
      renderVerified(record, screen)
      await screen.breathe()
    }
  },
})
