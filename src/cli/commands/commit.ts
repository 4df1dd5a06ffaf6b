import { readFileSync } from 'node:fs'
import path from 'node:path'
import { EXIT, fromSystemError, fromUtf8 } from '../../base/index.js'
import type { MetadataDropped, MetadataKept } from '../api-types.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { messageOption } from '../message-option.js'
import { readPairs, readTypes } from '../metadata-options.js'
import type { Context } from '../context.js'
import { count, number, size, sum } from '../render/amounts.js'
import { changeSummary } from '../render/changes.js'
import { subject } from '../render/commits.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { warnOfSkipped } from '../render/skipped.js'
import { renderPush } from '../render/updates.js'
import { NO_CHECKS, passedOver } from '../gate-option.js'

const USAGE = ['-m MSG [PATHS]', '-F FILE [PATHS]', '--amend [-m MSG] [PATHS]', '--to REMOTE -m MSG [PATHS]']

export const commit = defineCommand({
  name: 'commit',
  summary: 'Record the working directory',
  usage: USAGE,
  description: `
    Records every change, or only those at PATHS. There is no staging area: nothing has to be added first.
    The author is user.name and user.email of 'dv config', else git's.`,
  options: {
    message: messageOption,
    file: {
      type: 'string',
      short: 'F',
      value: 'FILE',
      describe: "take the message from FILE ('-': standard input)",
      complete: 'file',
    },
    amend: { type: 'flag', describe: 'replace the last commit' },
    'allow-empty': { type: 'flag', describe: 'commit even when nothing changed' },
    meta: {
      type: 'string',
      multiple: true,
      value: 'K=V',
      describe: 'metadata of the commit; may be repeated',
    },
    type: { type: 'string', multiple: true, value: 'K=TYPE', describe: 'the type of such metadata' },
    author: { type: 'string', value: "'NAME <EMAIL>'", describe: 'the author, when it is not you' },
    to: {
      type: 'string',
      value: 'REMOTE',
      describe: 'send the data there as it is read, keep only manifests and index here, and push',
      complete: 'remote',
    },
    input: {
      type: 'string',
      multiple: true,
      value: 'URL@REV[:PATH]',
      describe: 'what it was made from; may be repeated',
    },
    'inputs-from': {
      type: 'string',
      value: 'FILE',
      describe: "what it was made from: all that a 'dv.lock' pins",
      complete: 'file',
    },
    'no-checks': NO_CHECKS,
    rehash: { type: 'flag', describe: 'read every file again instead of trusting sizes and times' },
    all: {
      type: 'flag',
      short: 'a',
      hidden: true,
      describe: 'accepted for the habit: everything is always recorded',
    },
  },
  operands: { max: Infinity, complete: 'file' },
  examples: [
    { command: "dv commit -m 'Add the May images'", what: 'record all changes' },
    { command: "dv commit -m 'Fix labels' labels.csv", what: 'record one file, leave the rest uncommitted' },
    {
      command: "dv commit -m 'Retrain' --meta accuracy=0.93 --meta gpu=true",
      what: 'numbers and flags kept with it',
    },
    { command: "dv commit --to origin -m 'All of 2026'", what: 'a tree larger than the free disk' },
    {
      command: "dv commit -m 'Features' --inputs-from dv.lock --input s3://lab/raw@v2:labels.csv",
      what: "with what it was made from, which 'dv show' prints",
    },
    { command: 'dv commit --amend', what: 'add the changes to the last commit' },
  ],
  async run({ options, operands }, context) {
    const { amend, author, rehash, to } = options
    const message = await readMessage(options.message, options.file, context)
    if (message !== undefined && message.trim() === '') throw needsMessage('The message is empty')
    const fixed = {
      amend,
      allowEmpty: options['allow-empty'],
      rehash,
      paths: operands,
      ...passedOver(options),
    }
    const usage = { name: 'commit', usage: USAGE }
    const texts = { set: readPairs(options.meta, usage), types: readTypes(options.type, usage) }
    const typed = options.meta.length > 0 ? texts : undefined
    const repository = await context.repository()
    // A merge that waits brings its own.
    if (message === undefined && !amend && !(await repository.mergeUnderWay()))
      throw needsMessage('A commit needs a message')
    const inputs = options.input.length > 0 ? options.input : undefined
    const chosen = given({ message, author, to, inputs, inputsFrom: options['inputs-from'], typed })
    const result = await repository.commit({ ...context.work, ...fixed, metadata: {}, ...chosen })
    if (result.pushed?.updates.some(({ outcome }) => outcome === 'rejected')) context.exit(EXIT.conflict)
    return result
  },
  render(result, screen) {
    const { bold, yellow } = screen.style
    const { commit: made, branch, amended, root, changes, total, storedBytes } = result
    const where = branch === undefined ? 'no branch' : safe(branch)
    const how = amended ? ', amended' : root ? ', first commit' : ''
    screen.note(`[${bold(where)} ${yellow(safe(made.short))}${how}] ${subject(made.message)}`)
    screen.note(`${changeSummary(changes)}; ${sum(total)} in all; ${size(storedBytes)} stored`)
    if (result.metadataKept) renderKept(result.metadataKept, screen)
    if (result.metadataDropped) warnOfDropped(result.metadataDropped, screen)
    if (result.skipped) warnOfSkipped(result.skipped, screen)
    if (result.pushed) renderPush(result.pushed, screen)
    if (branch === undefined) screen.hint("no branch holds this commit: 'dv switch -c NAME' makes one")
  },
})

function renderKept({ count: kept, examples: [first], unclear }: MetadataKept, screen: Screen): void {
  const where = first ? `: ${screen.path(first.from)} → ${screen.path(first.path)}` : ''
  const more = kept > 1 ? ` and ${number(kept - 1)} more` : ''
  if (kept > 0) screen.note(`Metadata kept where files were renamed${where}${more}`)
  if (unclear === 0) return
  screen.warn(
    `Metadata of ${count(unclear, 'file')} was not kept: equal files make it unclear which is which`,
  )
  screen.hint("'dv meta export --at HEAD~1' has it")
}

function warnOfDropped({ count: dropped, examples: [first] }: MetadataDropped, screen: Screen): void {
  const more = dropped > 1 ? ` and ${count(dropped - 1, 'other path')}` : ''
  screen.warn(
    `Metadata of ${screen.path(first ?? '')}${more} was set, and nothing is there: it is not committed`,
  )
  screen.hint("'dv undo' takes the commit back and has it again; 'dv meta set' says it of another path")
}

function needsMessage(problem: string): Error {
  return usageError({ name: 'commit', usage: USAGE }, `${problem}: dv commit -m 'what changed'`)
}

async function readMessage(
  parts: string[],
  file: string | undefined,
  { io }: Context,
): Promise<string | undefined> {
  if (file === undefined) return parts.length === 0 ? undefined : parts.join('\n\n')
  if (parts.length > 0)
    throw usageError({ name: 'commit', usage: USAGE }, 'Give the message by -m or by -F, not both')
  const bytes = file === '-' ? await io.stdin() : readFile(path.resolve(io.cwd, file))
  try {
    return fromUtf8(bytes).trimEnd()
  } catch {
    throw usageError({ name: 'commit', usage: USAGE }, `The message in '${file}' is not UTF-8`)
  }
}

function readFile(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw fromSystemError(error, 'read the message in', file)
  }
}
