import { createReadStream } from 'node:fs'
import path from 'node:path'
import { fromSystemError } from '../../base/index.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { messageOption } from '../message-option.js'
import { size, sum } from '../render/amounts.js'
import { changeSummary } from '../render/changes.js'
import { safe } from '../render/escape.js'

const USAGE = ['REMOTE@BRANCH (--stdin | --file FILE) -m MSG', 'BRANCH (--stdin | --file FILE) -m MSG']

export const apply = defineCommand({
  name: 'apply',
  summary: 'Commit lines of changes without a clone',
  usage: USAGE,
  description: `
    Makes one commit out of lines of JSON, with no working directory: all of them or nothing. REMOTE is a
    name, a folder or a URL; BRANCH alone is one of this repository. A line is one of
      {"op": "put", "path": "a/b.csv", "from": "FILE"}      or "data": "TEXT", or "base64": "…"
      {"op": "symlink", "path": "latest", "target": "a"}
      {"op": "delete", "path": "old"}                       or "pattern": "old/**"; "missingOk": true
      {"op": "meta", "path": "a/b.csv", "set": {"rows": 3}, "unset": ["draft"]}
      {"op": "commit", "meta": {"accuracy": 0.93}}          metadata of the commit itself
    'put' and 'symlink' take "meta": {…} too; "expect": "CONTENT ID" (or null) refuses to touch anything
    else. When others move the branch meanwhile, the change is made again on top of theirs, unless both
    touch the same paths (status 3).`,
  options: {
    message: messageOption,
    stdin: { type: 'flag', describe: 'read the lines from standard input' },
    file: {
      type: 'string',
      short: 'F',
      value: 'FILE',
      describe: 'read the lines from FILE',
      complete: 'file',
    },
    'expect-tip': {
      type: 'string',
      value: 'ID',
      describe: 'only if the branch is at this commit (else status 3)',
    },
    create: { type: 'flag', describe: 'make the branch, which must not be there' },
    author: { type: 'string', value: "'NAME <EMAIL>'", describe: 'the author, when it is not you' },
    'dry-run': { type: 'flag', short: 'n', describe: 'check the lines and tell what would be sent' },
  },
  operands: { min: 1, max: 1, complete: 'remote' },
  examples: [
    { command: "dv apply origin@main --stdin -m 'Add May' < lines.jsonl", what: 'one commit on a remote' },
    {
      command: "dv apply s3://lab/data@main --file lines.jsonl -m 'Add May'",
      what: 'with no repository here',
    },
    {
      command: "dv apply staging --file lines.jsonl --create -m 'First'",
      what: 'a new branch of this repository',
    },
  ],
  async run({ options, operands }, context) {
    const usage = { name: 'apply', usage: USAGE }
    const { stdin, file, create, author, message } = options
    if (stdin === (file !== undefined))
      throw usageError(usage, 'Say where the lines come from: --stdin or --file FILE')
    if (message.length === 0) throw usageError(usage, "A commit needs a message: -m 'what changed'")
    const { io, work } = context
    const input = file === undefined ? io.stdinParts() : readParts(path.resolve(io.cwd, file))
    return await (
      await context.api()
    ).apply({
      ...{ ...work, target: operands[0]!, input, message: message.join('\n\n'), create },
      dryRun: options['dry-run'],
      ...given({ author, expectTip: options['expect-tip'] }),
    })
  },
  render({ commit, branch, remote, outcome, changes, total, ...result }, screen) {
    const { bold, yellow } = screen.style
    const where = `${remote ? `${safe(remote.name || remote.url)}@` : ''}${safe(branch)}`
    if (outcome === 'unchanged') return screen.note(`[${bold(where)}] nothing changes: it is all there`)
    const made = commit ? yellow(safe(commit.short)) : 'dry run'
    const again = result.retries > 0 ? `, on top of what others did meanwhile` : ''
    screen.note(`[${bold(where)} ${made}${outcome === 'new' ? ', new branch' : ''}${again}]`)
    const stored = `${size(result.storedBytes)} ${result.dryRun ? 'would be sent' : 'sent'}`
    screen.note(`${changeSummary(changes)}; ${sum(total)} in all; ${stored}`)
  },
})

async function* readParts(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>
  } catch (error) {
    throw fromSystemError(error, 'read', file)
  }
}
