import type { RefDeleted, Repository, TagInfo } from '../api-types.js'
import { usageError } from '../arguments.js'
import { type Args, defineCommand, given, type OptionTable } from '../command.js'
import { subject } from '../render/commits.js'
import { safe } from '../render/escape.js'

const USAGE = ['[-l] [PATTERN…]', '[-a] [-m MSG] [-f] NAME [REV]', '-d NAME…']

const OPTIONS = {
  list: { type: 'flag', short: 'l', describe: 'list tags, those that match PATTERN' },
  annotate: { type: 'flag', short: 'a', describe: 'with date, author and the message of -m' },
  message: { type: 'string', short: 'm', multiple: true, value: 'MSG', describe: 'why; implies -a' },
  delete: { type: 'flag', short: 'd', describe: 'delete tags' },
  force: { type: 'flag', short: 'f', describe: 'replace a tag that exists' },
} as const satisfies OptionTable

type Result =
  | { type: 'list'; tags: TagInfo[] }
  | { type: 'created'; tag: TagInfo }
  | { type: 'deleted'; tags: RefDeleted[] }

export const tag = defineCommand({
  name: 'tag',
  summary: 'List, make or delete tags',
  usage: USAGE,
  options: OPTIONS,
  operands: { max: Infinity, complete: 'tag' },
  examples: [
    { command: 'dv tag v1', what: 'name the last commit v1' },
    { command: "dv tag -m 'What the paper used' paper 1a2b3c4d", what: 'a tag that says why' },
    { command: "dv tag -l 'v*'", what: 'list tags that begin with v' },
  ],
  async run(args, { repository }): Promise<Result> {
    return await runTag(args, await repository())
  },
  json: (result) =>
    result.type === 'list'
      ? { tags: result.tags }
      : result.type === 'deleted'
        ? { deleted: result.tags }
        : result.tag,
  render(result, screen) {
    if (result.type === 'list') {
      for (const one of result.tags)
        screen.line(one.message === undefined ? safe(one.name) : `${safe(one.name)}  ${subject(one.message)}`)
    } else if (result.type === 'created') {
      screen.note(`Tagged ${safe(result.tag.short)} as '${safe(result.tag.name)}'`)
      screen.hint("'dv push --tags' sends tags to the remote")
    } else
      for (const gone of result.tags)
        screen.note(`Deleted tag '${safe(gone.name)}' (was ${safe(gone.short)})`)
  },
})

async function runTag({ options, operands }: Args<typeof OPTIONS>, repository: Repository): Promise<Result> {
  const usage = { name: 'tag', usage: USAGE }
  if (options.delete) {
    if (operands.length === 0) throw usageError(usage, 'Which tag is to be deleted?')
    return { type: 'deleted', tags: await repository.deleteTags({ names: operands }) }
  }
  const [name, revision, ...more] = operands
  if (options.list || name === undefined) {
    if (options.annotate || options.message.length > 0) throw usageError(usage, 'A tag needs a name')
    return { type: 'list', tags: await repository.tags({ patterns: operands }) }
  }
  if (more.length > 0) throw usageError(usage, `'dv tag' does not take '${more[0]}'`)
  if (options.annotate && options.message.length === 0)
    throw usageError(usage, "'-a' needs a message: -m MSG")
  const message = options.message.length > 0 ? options.message.join('\n\n') : undefined
  return {
    type: 'created',
    tag: await repository.createTag({ name, force: options.force, ...given({ revision, message }) }),
  }
}
