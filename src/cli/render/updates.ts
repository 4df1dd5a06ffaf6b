import type { FetchResult, MirrorResult, PlannedTraffic, PushResult, RefUpdate } from '../api-types.js'
import { number, size } from './amounts.js'
import { transferSummary } from './changes.js'
import { safe } from './escape.js'
import { warnOfLosses } from './lost.js'
import type { Screen } from './screen.js'

export function renderFetch(result: FetchResult, screen: Screen): void {
  const moved = result.updates.filter((update) => update.outcome !== 'unchanged')
  const from = `From ${safe(result.remote.url)}`
  if (moved.length === 0 && result.received.objects === 0) screen.note(`${from}: nothing new`)
  else screen.note(result.dryRun ? from : `${from} (${transferSummary(result.received)})`)
  for (const update of moved) screen.note(`  ${updateLine(update, screen)}`)
  if (result.lost) warnOfLosses(result.lost, result.remote.url, screen)
  const differing = moved.find(({ outcome }) => outcome === 'rejected')
  if (differing)
    screen.hint(`your tag stays; 'dv tag -d ${safe(differing.name)}' and fetch again takes theirs`)
  if (result.dryRun) screen.note(`Nothing was kept: it would take ${trafficSummary(result.dryRun)}`)
}

export function renderPush(result: PushResult, screen: Screen): void {
  const { remote, updates } = result
  const moved = updates.filter((update) => update.outcome !== 'unchanged')
  const rejected = updates.filter((update) => update.outcome === 'rejected')
  const to = `To ${safe(remote.url)}`
  if (moved.length === 0) screen.note(`${to}: everything is there`)
  else screen.note(rejected.length === moved.length ? to : `${to} (${transferSummary(result.sent)})`)
  for (const update of moved) {
    const line = `  ${updateLine(update, screen)}`
    if (update.outcome === 'rejected') screen.line(line)
    else screen.note(line)
  }
  if (result.dryRun) screen.note(`Nothing was sent: it would take ${trafficSummary(result.dryRun)}`)
  if (result.upstream !== undefined) screen.note(`This branch now follows '${safe(result.upstream)}'`)
  hintRejected(rejected, remote.name, screen)
}

export function trafficSummary({ requests, sent, received }: PlannedTraffic): string {
  return `${number(requests)} requests, ${size(sent)} there and ${size(received)} back`
}

function updateLine(update: RefUpdate, screen: Screen): string {
  const { green, red, yellow } = screen.style
  const paint = update.outcome === 'rejected' ? red : update.outcome === 'forced' ? yellow : green
  const what = update.outcome === 'new' ? `new ${update.kind}` : update.outcome
  const names =
    update.name === update.target ? safe(update.name) : `${safe(update.name)} -> ${safe(update.target)}`
  return `${paint(what.padEnd(12))}  ${names}${movement(update)}${update.reason ? ` (${REASONS[update.reason]})` : ''}`
}

const REASONS: Record<NonNullable<RefUpdate['reason']>, string> = {
  'not-fast-forward': 'it has commits that you lack',
  stale: 'it moved since you last fetched',
  exists: 'it exists and differs',
}

function movement({ before, after, outcome }: RefUpdate): string {
  if (outcome === 'rejected' || before === undefined || after === undefined) return ''
  return `  ${safe(before.slice(0, 8))}..${safe(after.slice(0, 8))}`
}

function hintRejected(rejected: readonly RefUpdate[], remote: string, screen: Screen): void {
  const reasons = new Set(rejected.map((update) => update.reason))
  const name = safe(remote)
  if (reasons.has('not-fast-forward')) screen.hint(`'dv sync ${name}' merges what is there and pushes again`)
  if (reasons.has('stale')) screen.hint(`'dv fetch ${name}', look at it, then push again`)
  if (reasons.has('exists')) {
    screen.hint(`tags are not moved: choose another name, or first 'dv push ${name} --delete TAG'`)
  }
}

export function renderMirror({ from, to, updates, sent }: MirrorResult, screen: Screen): void {
  const moved = updates.filter((update) => update.outcome !== 'unchanged')
  const ends = `From ${safe(from.url)} to ${safe(to.url)}`
  screen.note(moved.length === 0 ? `${ends}: everything is there` : `${ends} (${transferSummary(sent)})`)
  for (const update of moved) {
    const line = `  ${updateLine(update, screen)}`
    if (update.outcome === 'rejected') screen.line(line)
    else screen.note(line)
  }
  if (moved.some(({ reason }) => reason === 'stale'))
    screen.hint('others wrote there meanwhile: mirror again')
  if (moved.some(({ reason }) => reason === 'not-fast-forward' || reason === 'exists'))
    screen.hint("'--force' replaces what differs there; commits that only are there would be lost")
}
