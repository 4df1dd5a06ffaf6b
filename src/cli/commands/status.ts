import type { StatusGroup, StatusItem, StatusResult } from '../api-types.js'
import { defineCommand, given } from '../command.js'
import { count, number, size, sum } from '../render/amounts.js'
import { changePath, COLORS, conflictLines } from '../render/changes.js'
import { upstreamState } from '../render/commits.js'
import { safe } from '../render/escape.js'
import { editText } from '../render/metadata.js'
import { SKIPPED_HINT, skippedLines } from '../render/skipped.js'
import { sparseList } from '../render/sparse.js'
import type { Screen } from '../render/screen.js'

/** Lines a group may take before it is cut, without --all. */
const GROUP_LINES = 20

export const status = defineCommand({
  name: 'status',
  summary: 'Show what changed since the last commit',
  usage: ['[--all] [--exit-code] [PATHS]'],
  description: `
    Lists what is added, modified, deleted and renamed. A wholly new directory is one line; a long group is cut
    after ${GROUP_LINES} lines (not with --json). With --exit-code the status is 3 when there is any change.`,
  options: {
    all: { type: 'flag', short: 'a', describe: 'list every file, also within new directories' },
    rehash: { type: 'flag', describe: 'read every file again instead of trusting sizes and times' },
    'exit-code': { type: 'flag', describe: 'end with status 3 when something changed' },
  },
  operands: { max: Infinity, complete: 'file' },
  examples: [
    { command: 'dv status', what: 'what a commit would record' },
    { command: 'dv status --all data', what: 'every changed file below data' },
  ],
  async run({ options, operands }, { repository, global, work, exit }) {
    const { all, rehash } = options
    const limit = all || global.json ? undefined : GROUP_LINES
    const result = await (
      await repository()
    ).status({ ...work, all, rehash, paths: operands, ...given({ limit }) })
    if (options['exit-code'] && !result.clean) exit(3)
    return { ...result, all }
  },
  json: ({ all: _, ...result }) => result,
  render(result, screen) {
    renderWhere(result, screen)
    if (result.clean) {
      screen.line(result.commit ? 'Nothing changed' : 'No files yet')
      renderSkipped(result, screen)
      return
    }
    const { conflicts, added, modified, deleted, renamed } = result.groups
    renderConflictGroup(result, conflicts, screen)
    renderGroup('Added', added, newLines(result, screen), screen)
    renderGroup(
      'Modified',
      modified,
      modified.items.map((item) => modifiedLine(item, screen)),
      screen,
    )
    renderGroup(
      'Deleted',
      deleted,
      deleted.items.map((item) => itemLine(item, 'deleted', screen)),
      screen,
    )
    renderGroup(
      'Renamed',
      renamed,
      renamed.items.map((item) => itemLine(item, 'renamed', screen)),
      screen,
    )
    renderMetadata(result, screen)
    renderSkipped(result, screen)
    renderNext(result, screen)
  },
})

function renderMetadata({ metadata }: StatusResult, screen: Screen): void {
  if (!metadata) return
  screen.line()
  screen.line(`${screen.style.bold('Metadata')} (${count(metadata.count, 'path')})`)
  for (const { path, absent, ...edit } of metadata.items) {
    const what = absent ? `  ${screen.style.red('(nothing is there: it will not be committed)')}` : ''
    screen.line(`  ${screen.style.yellow(screen.path(path))}  ${editText(edit)}${what}`)
  }
}

function renderSkipped({ skipped }: StatusResult, screen: Screen): void {
  if (!skipped) return
  screen.line()
  screen.line(`${screen.style.bold('Cannot be recorded')} (${number(skipped.count)})`)
  for (const line of skippedLines(skipped, screen)) screen.line(`  ${line}`)
  screen.hint(SKIPPED_HINT)
}

function renderWhere(result: StatusResult, screen: Screen): void {
  const { bold, yellow } = screen.style
  const at = result.commit ? ` at ${yellow(safe(result.commit.short))}` : ', no commits yet'
  screen.line(
    result.branch === undefined ? `On no branch${at}` : `On branch ${bold(safe(result.branch))}${at}`,
  )
  const { upstream, unfinished, sparse, notHere, purged, lost } = result
  if (upstream) screen.line(`${safe(upstream.name)}: ${upstreamState(upstream)}`)
  if (sparse) screen.line(`Checked out: ${sparseList(sparse)}`)
  if (purged) screen.line(`Purged: ${sum(purged)}; 'dv purge --list' tells when and why`)
  if (lost) renderLost(lost, screen)
  if (notHere) screen.line(`Not here: ${sum(notHere)}; 'dv checkout --add PATHS' brings them`)
  if (unfinished) {
    screen.line(`Unfinished ${unfinished.kind} of ${safe(unfinished.theirs)} (${safe(unfinished.short)})`)
  }
}

function renderLost({ paths, ...all }: NonNullable<StatusResult['lost']>, screen: Screen): void {
  screen.line(`Lost: ${sum(all)}, which could not be read; commits keep them. 'dv restore .' tries again`)
  for (const path of paths) screen.line(`  ${screen.path(path)}`)
  if (all.files > paths.length) screen.line(`  and ${number(all.files - paths.length)} more`)
}

function renderConflictGroup(
  result: StatusResult,
  group: StatusResult['groups']['conflicts'],
  screen: Screen,
): void {
  renderGroup(
    'Conflicts',
    group,
    group.items.flatMap((item) => conflictLines(item, screen)),
    screen,
  )
  const { unfinished } = result
  if (!unfinished) return
  if (unfinished.kind === 'checkout') {
    screen.hint("the same command again goes on with it; 'dv switch BRANCH' goes elsewhere")
    return
  }
  if (group.count > 0) screen.hint("edit them, or 'dv merge --ours PATH', 'dv merge --theirs PATH'")
  screen.hint(`'dv merge --continue' ends the ${unfinished.kind}, 'dv merge --abort' goes back`)
}

function renderGroup(title: string, group: StatusGroup<unknown>, lines: string[], screen: Screen): void {
  if (group.count === 0) return
  screen.line()
  const total =
    title === 'Conflicts' ? count(group.count, 'file') : sum({ files: group.count, bytes: group.bytes })
  screen.line(`${screen.style.bold(title)} (${total})`)
  for (const line of lines) screen.line(`  ${line}`)
}

/** New directories first, then new files elsewhere. */
function newLines(result: StatusResult & { all: boolean }, screen: Screen): string[] {
  const { green } = screen.style
  const directories = result.newDirectories.map((one) => `${green(`${screen.path(one.path)}/`)}  ${sum(one)}`)
  return [...directories, ...result.groups.added.items.map((item) => itemLine(item, 'added', screen))].slice(
    0,
    result.all ? Infinity : GROUP_LINES,
  )
}

function itemLine(item: StatusItem, kind: keyof typeof COLORS, screen: Screen): string {
  return `${screen.style[COLORS[kind]](changePath(item, screen))}  ${itemAmount(item)}`
}

function itemAmount(item: StatusItem): string {
  return item.kind === 'symlink' || item.kind === 'directory' ? item.kind : size(item.bytes)
}

function modifiedLine(item: StatusItem, screen: Screen): string {
  const was =
    item.kindBefore !== undefined
      ? ` (${item.kindBefore} -> ${item.kind})`
      : item.before !== undefined && item.before !== item.bytes
        ? ` (was ${size(item.before)})`
        : ''
  return `${itemLine(item, 'modified', screen)}${was}`
}

function renderNext(result: StatusResult & { all: boolean }, screen: Screen): void {
  const cut = cutLines(result)
  screen.line()
  if (cut > 0) screen.line(`${number(cut)} more not shown; 'dv status --all' lists everything`)
  if (result.unfinished) return
  screen.hint("'dv commit -m MESSAGE' records all of this, 'dv commit -m MESSAGE PATHS' a part")
  const { modified, deleted, renamed } = result.groups
  if (modified.count + deleted.count + renamed.count + (result.metadata?.count ?? 0) > 0) {
    screen.hint("'dv diff' shows the changes, 'dv restore PATHS' takes them back")
  }
}

/** Changes that no line tells of. */
function cutLines(result: StatusResult & { all: boolean }): number {
  const { added, modified, deleted, renamed, conflicts } = result.groups
  const groups = [modified, deleted, renamed, conflicts, ...(result.metadata ? [result.metadata] : [])]
  const others = groups.reduce((n, group) => n + group.count - group.items.length, 0)
  if (result.all) return others
  const directories = result.newDirectories
  const room = Math.max(0, GROUP_LINES - directories.length)
  const shownInside = directories.slice(0, GROUP_LINES).reduce((n, one) => n + one.files, 0)
  return others + Math.max(0, added.count - shownInside - Math.min(room, added.items.length))
}
