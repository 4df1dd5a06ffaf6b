import { EXIT } from '../../base/index.js'
import { defineCommand, given } from '../command.js'
import { renderMerge } from '../render/merge.js'
import { NO_CHECKS, passedOver } from '../gate-option.js'

export const revert = defineCommand({
  name: 'revert',
  summary: 'Take back what a commit changed',
  usage: ['[-m MSG] REV'],
  description: `
    Makes a new commit that undoes the changes of REV and keeps all that came after it. To take back the last
    thing you did, commit or not, 'dv undo' is simpler.`,
  options: {
    message: {
      type: 'string',
      short: 'm',
      multiple: true,
      value: 'MSG',
      describe: 'message (\'Revert "…"\')',
    },
    'no-checks': NO_CHECKS,
  },
  operands: { min: 1, max: 1, complete: 'revision' },
  examples: [{ command: 'dv revert 1a2b3c4d', what: 'undo one commit, keep later ones' }],
  async run({ options, operands }, { repository, work, exit }) {
    const message = options.message.length > 0 ? options.message.join('\n\n') : undefined
    const result = await (
      await repository()
    ).revert({ ...work, revision: operands[0] ?? '', ...given({ message }), ...passedOver(options) })
    if (result.outcome === 'conflicts') exit(EXIT.conflict)
    return result
  },
  render: (result, screen) => renderMerge(result, screen, 'revert'),
})
