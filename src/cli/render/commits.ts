import type { CommitInfo, InputInfo, MetaValue, RefLabel } from '../api-types.js'
import { safe, safeLines } from './escape.js'
import type { Screen } from './screen.js'
import { relativeTime, timestamp } from './times.js'

/** First line of a message, escaped. */
export function subject(message: string): string {
  return safe(message.split('\n', 1)[0] ?? '')
}

/** A commit over several lines, message indented, as `log` and `show` print it. */
export function commitLines(commit: CommitInfo, screen: Screen): string[] {
  const { yellow, dim } = screen.style
  const { author, committer } = commit
  const lines = [`${yellow(`commit ${safe(commit.id)}`)}${labels(commit.refs, screen)}`]
  if (commit.parents.length > 1)
    lines.push(`Merge:  ${commit.parents.map((id) => safe(id.slice(0, 8))).join(' ')}`)
  lines.push(`Author: ${safe(`${author.name} <${author.email}>`)}`)
  if (committer.email !== author.email || committer.name !== author.name) {
    lines.push(`Commit: ${safe(`${committer.name} <${committer.email}>`)}`)
  }
  lines.push(
    `Date:   ${timestamp(author.time, author.zone)} ${dim(`(${relativeTime(author.time, screen.now)})`)}`,
  )
  for (const [name, value] of Object.entries(commit.metadata))
    lines.push(`Meta:   ${safe(name)}=${metaText(value)}`)
  for (const input of commit.inputs ?? []) lines.push(`Made from: ${inputText(input)}`)
  lines.push('', ...safeLines(commit.message.trimEnd()).map((line) => `    ${line}`.trimEnd()))
  return lines
}

/** 's3://lab/plates@v2:day1 (0f1e2d3c45) where plate > 35'. */
function inputText({ url, revision, commit, path, where }: InputInfo): string {
  const what = `${url}${revision === undefined ? '' : `@${revision}`}${path === undefined ? '' : `:${path}`}`
  return safe(`${what} (${commit.slice(0, 10)})${where === undefined ? '' : ` where ${where}`}`)
}

/** '1a2b3c4d (main) Message'. */
export function onelineCommit(commit: CommitInfo, screen: Screen): string {
  return `${screen.style.yellow(safe(commit.short))}${labels(commit.refs, screen)} ${subject(commit.message)}`
}

/** ' (HEAD -> main, tag: v1)', or ''. */
export function labels(refs: readonly RefLabel[], screen: Screen): string {
  if (refs.length === 0) return ''
  const { cyan, green, red, yellow } = screen.style
  const paint = { head: cyan, branch: green, remote: red, tag: yellow }
  const head = refs.find((ref) => ref.kind === 'head')
  const isHead = (ref: RefLabel) => ref.kind === 'branch' && ref.name === head?.name
  const names = refs
    .filter((ref) => ref.kind !== 'head' && !isHead(ref))
    .map((ref) => paint[ref.kind](`${ref.kind === 'tag' ? 'tag: ' : ''}${safe(ref.name)}`))
  const current = refs.find(isHead)
  const at = head ? [cyan('HEAD') + (current ? `${cyan(' -> ')}${green(safe(current.name))}` : '')] : []
  return ` (${[...at, ...names].join(', ')})`
}

function metaText(value: MetaValue): string {
  return safe(Array.isArray(value) ? value.join(', ') : String(value))
}

/** 'ahead 2, behind 1', 'gone', 'up to date'. */
export function upstreamState(upstream: { ahead: number; behind: number; gone: boolean }): string {
  if (upstream.gone) return 'gone'
  const parts = [
    ...(upstream.ahead > 0 ? [`ahead ${upstream.ahead}`] : []),
    ...(upstream.behind > 0 ? [`behind ${upstream.behind}`] : []),
  ]
  return parts.length === 0 ? 'up to date' : parts.join(', ')
}
