import { EXIT, parseDuration } from '../../base/index.js'
import type { GarbageSum, GcPlan, GcResult, GcWhy, WaitingGarbage } from '../api-types.js'
import { usageError } from '../arguments.js'
import { type CommandGroup, defineCommand, given } from '../command.js'
import type { Context } from '../context.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { relativeTime } from '../render/times.js'
import { parseShare } from '../values.js'
import { keepYoungMemorySmall } from '../young-memory.js'

const USAGE = ['[--now] [--remote REMOTE] [--dry-run] …']

const run = defineCommand({
  name: 'gc run',
  summary: 'Free what no branch, tag or recent operation needs',
  usage: USAGE,
  description: `
    Works in two steps, while others write: garbage is marked, and a later 'dv gc' deletes what was marked
    longer ago than the grace (an hour here, 7 days at a remote) and is still not needed. Operations older than
    the setting gc.operations (30d) go first: 'dv undo' reaches back as far. A pack of which little is garbage
    stays as it is.`,
  options: {
    remote: {
      type: 'string',
      value: 'REMOTE',
      describe: 'a remote instead of the store here',
      complete: 'remote',
    },
    grace: { type: 'string', value: 'TIME', describe: "between mark and deletion: '12h', '7d'; at least 1h" },
    now: { type: 'flag', describe: 'delete at once: only if nobody else writes there now' },
    operations: { type: 'string', value: 'TIME', describe: "keep what 'dv undo' needs so long, not 30 days" },
    threshold: {
      type: 'string',
      value: 'SHARE',
      describe: "garbage from which on a pack is rewritten: '20%'",
    },
    'dry-run': { type: 'flag', short: 'n', describe: 'say what is garbage, change nothing' },
    why: { type: 'string', value: 'ID', describe: "only show what leads there: see 'dv gc why --help'" },
  },
  examples: [
    { command: 'dv gc', what: 'mark; and again after an hour: delete' },
    { command: 'dv gc --now --operations 0d', what: 'free the disk after a mistake: no undo after it' },
    { command: 'dv gc --remote origin', what: 'mark at the remote; a week later delete' },
  ],
  async run({ options }, context) {
    const { repository, work } = context
    if (options.why !== undefined) return whyKept(options.why, context)
    const usage = { name: 'gc', usage: USAGE }
    const timeIn = (name: string, text: string | undefined) => {
      const time = text === undefined ? undefined : parseDuration(text)
      if (time !== undefined || text === undefined) return time
      throw usageError(usage, `'--${name}' takes a time as '12h' or '7d', not '${text}'`)
    }
    const grace = timeIn('grace', options.grace)
    const operations = timeIn('operations', options.operations)
    if (grace !== undefined && options.now) throw usageError(usage, "'--now' is without '--grace'")
    const threshold = options.threshold === undefined ? undefined : parseShare(options.threshold)
    if (options.threshold !== undefined && threshold === undefined)
      throw usageError(usage, `'--threshold' takes a share as '20%', not '${options.threshold}'`)
    const how = {
      now: options.now,
      dryRun: options['dry-run'],
      onPlan: (plan: GcPlan) => context.say(planText(plan)),
      ...given({ remote: options.remote, grace, operations, threshold }),
    }
    keepYoungMemorySmall()
    return await (await repository()).gc({ ...work, ...how })
  },
  render: (result, screen) => ('kept' in result ? renderWhy(result, screen) : renderGc(result, screen)),
})

function planText({ remote, objects, index, read }: GcPlan): string {
  const rest = read < index ? `; ${size(index - read)} more of it are here` : ''
  return `Reads ${size(read)} of the index of '${safe(remote.name || remote.url)}', which has ${count(objects, 'object')}${rest}; then each tree of its history once`
}

function renderGc(result: GcResult, screen: Screen): void {
  const { dryRun, operations, deleted, marked, waiting } = result
  if (operations > 0)
    screen.note(`${dryRun ? 'Would forget' : 'Forgot'} ${count(operations, 'operation')} of long ago`)
  if (deleted.packs > 0)
    screen.note(
      `Freed ${size(Math.max(0, deleted.bytes - deleted.moved))} in ${count(deleted.packs, 'pack')}`,
    )
  for (const one of waiting) renderWaiting(one, result, screen)
  if (marked.packs > 0) renderMarked(marked, result, screen)
  if (deleted.packs > 0 || marked.packs > 0 || waiting.length > 0) return
  screen.note('No garbage')
  renderUndoable(result, screen)
}

/** Why nothing may be garbage although much was replaced. */
function renderUndoable({ undoable }: GcResult, screen: Screen): void {
  if (!undoable) return
  screen.hint(
    `what the last ${count(undoable, 'operation')} replaced is kept for 'dv undo': 'dv config set gc.operations 7d' keeps less, 'dv gc --operations 0d' nothing`,
  )
}

function renderMarked(marked: GarbageSum, { dryRun, grace, remote }: GcResult, screen: Screen): void {
  screen.note(`${dryRun ? 'Garbage' : 'Marked as garbage'}: ${amount(marked)}`)
  if (dryRun) return
  screen.hint(
    `nothing was deleted yet: '${again(remote)}' does that ${relativeTime(screen.now + grace, screen.now)} or later; '${again(remote, 'undo')}' takes it back`,
  )
}

function renderWaiting(waiting: WaitingGarbage, { remote, grace }: GcResult, screen: Screen): void {
  const { age, left } = waiting
  const since = age === undefined ? '' : ` ${relativeTime(screen.now - age, screen.now)}`
  screen.note(`Marked as garbage${since}: ${amount(waiting)}`)
  const wait = left ?? grace
  if (wait > 0)
    screen.hint(
      `'${again(remote)}' deletes it ${relativeTime(screen.now + wait, screen.now)} or later, '${again(remote, '--now')}' at once`,
    )
}

function amount({ packs, bytes }: GarbageSum): string {
  return `${size(bytes)} in ${count(packs, 'pack')}`
}

function again(remote: GcResult['remote'], more?: string): string {
  const undone = more === 'undo' ? ' undo' : ''
  const where = remote ? ` --remote ${safe(remote.name || remote.url)}` : ''
  return `dv gc${undone}${where}${more !== undefined && more !== 'undo' ? ` ${more}` : ''}`
}

const undo = defineCommand({
  name: 'gc undo',
  summary: 'Take back what was marked, before it is deleted',
  usage: ['[--remote REMOTE]'],
  options: { remote: { type: 'string', value: 'REMOTE', describe: 'at a remote', complete: 'remote' } },
  examples: [{ command: 'dv gc undo', what: 'nothing that was marked is deleted' }],
  async run({ options }, { repository, work }) {
    return await (await repository()).undoGc({ ...work, ...given({ remote: options.remote }) })
  },
  render({ taken }, screen) {
    for (const one of taken) screen.note(`Taken back: ${amount(one)}`)
    if (taken.length === 0) screen.note('Nothing is marked')
  },
})

const why = defineCommand({
  name: 'gc why',
  summary: 'Show what leads to a commit, file or chunk',
  usage: ['ID'],
  description: `
    ID is the id of anything (a commit, a file's content, a chunk, a tree), the beginning of one, a revision or
    REV:PATH. 'dv gc --why ID' is the same. Status 3: nothing leads there, and a collection may take it.`,
  options: {},
  operands: { min: 1, max: 1 },
  examples: [
    { command: 'dv gc why 1a2b3c4d5e6f', what: 'the branch or operation that keeps it, and the path' },
    { command: 'dv gc why v1:big.bin', what: 'where the content of this file is still needed' },
  ],
  run: ({ operands }, context) => whyKept(operands[0] ?? '', context),
  render: renderWhy,
})

async function whyKept(id: string, { repository, exit }: Context): Promise<GcWhy> {
  const result = await (await repository()).whyKept(id)
  if (!result.kept) exit(EXIT.conflict)
  return result
}

function renderWhy({ id, kept, by, commit, behind = 0, path }: GcWhy, screen: Screen): void {
  if (!kept) return screen.line(`Nothing leads to ${safe(id)}`)
  const steps = [safe(by ?? '')]
  if (commit)
    steps.push(`commit ${safe(commit.short)}${behind > 0 ? `, ${count(behind, 'commit')} back` : ''}`)
  if (path !== undefined) steps.push(safe(path))
  screen.line([...steps, safe(id)].join(' -> '))
}

export const gc: CommandGroup = {
  name: 'gc',
  summary: 'Free what nothing needs any more',
  commands: [run, why, undo],
  fallback: run,
  // Its options have values, which are no names of commands.
  infer: () => 'run',
}
