import type { LogEntry } from '../api-types.js'
import { defineCommand, given } from '../command.js'
import { checksLine } from '../render/checks.js'
import { changeSummary } from '../render/changes.js'
import { commitLines, onelineCommit } from '../render/commits.js'
import { createGraph } from '../render/graph.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { splitOperands } from '../revisions.js'

export const log = defineCommand({
  name: 'log',
  summary: 'List commits',
  usage: ['[OPTIONS] [REV | A..B]… [-- PATHS]', '[OPTIONS] REPO@REV… [-- PATHS]'],
  description: `
    Newest first, from HEAD or the revisions given. 'A..B' is what B has and A has not.
    REPO@ before it is another store: a remote's name, a folder or a URL, read where it is.
    With --json each commit is a line.`,
  options: {
    graph: { type: 'flag', describe: 'draw the lines of history' },
    oneline: { type: 'flag', describe: 'one line a commit' },
    stat: { type: 'flag', describe: 'count what each changed' },
    checks: { type: 'flag', describe: "show what came of 'dv check', here or before a push" },
    number: { type: 'count', short: 'n', value: 'N', describe: 'at most N commits; -5 is -n 5' },
    since: { type: 'date', value: 'DATE', describe: "not older: 2026-01-31, '2 weeks ago'" },
    until: { type: 'date', value: 'DATE', describe: 'not younger' },
    all: { type: 'flag', describe: 'from all branches and tags' },
  },
  operands: { max: Infinity, complete: 'revision' },
  pathsAfterDashes: true,
  examples: [
    { command: 'dv log --oneline -5', what: 'the last five commits' },
    { command: 'dv log --graph --all', what: 'all branches and how they meet' },
    { command: 'dv log main..cleanup', what: 'what branch cleanup adds to main' },
    { command: 'dv log origin@main -3', what: 'what a remote has now, without a fetch' },
    { command: 'dv log -- labels.csv', what: 'commits that changed a file' },
  ],
  async run({ options, operands, paths }, { reader, work }) {
    const { graph, oneline, stat, checks, since, until, all } = options
    const open = await reader()
    const split = await splitOperands(operands, paths, open)
    const fixed = { all, ...(checks && { checks }), changes: stat, topological: graph }
    const entries = open.log({
      ...work,
      ...split,
      ...fixed,
      ...given({ limit: options.number, since, until }),
    })
    return { entries, graph, oneline }
  },
  json: ({ entries }) => entries,
  async render({ entries, graph, oneline }, screen) {
    const draw = graph ? createGraph() : undefined
    let first = true
    for await (const entry of entries) {
      const lines = entryLines(entry, oneline, screen)
      const row = draw?.(entry)
      if (!oneline && !row && !first) screen.line()
      lines.forEach((line, i) =>
        screen.line(row ? `${i === 0 ? row.head : row.body} ${line}`.trimEnd() : line),
      )
      if (row && !oneline) screen.line(row.body.trimEnd())
      for (const line of row?.after ?? []) screen.line(line.trimEnd())
      if (entry.historyAt !== undefined && !graph) screen.hint(historyEnd(entry.historyAt))
      first = false
      await screen.breathe()
    }
  },
})

function historyEnd(remote: string): string {
  return `history here ends with this commit; 'dv fetch --deepen N ${safe(remote)}' brings more, '--unshallow' all`
}

function entryLines(entry: LogEntry, oneline: boolean, screen: Screen): string[] {
  const lines = oneline ? [onelineCommit(entry, screen)] : commitLines(entry, screen)
  for (const one of entry.checks ?? []) lines.push(...(oneline ? [] : ['']), `    ${checksLine(one, screen)}`)
  if (entry.changes) lines.push(...(oneline ? [] : ['']), `    ${changeSummary(entry.changes)}`)
  return lines
}
