import { fromUtf8 } from '../base/index.js'
import { alignLines, type LineRun } from './align.js'

/** Larger files are not compared by lines. Bytes. */
export const TEXT_BYTES_MAX = 8 * 1024 * 1024
const PROBE_BYTES = 8 * 1024

export interface TextLine {
  kind: 'context' | 'removed' | 'added'
  /** Without its line feed; a carriage return before that is kept. */
  text: string
  /** The last line of a text that does not end in a line feed. */
  noNewline?: true
}

/** A run of changed lines with its context. Line numbers count from 1, as in a unified diff. */
export interface TextHunk {
  beforeStart: number
  beforeLines: number
  afterStart: number
  afterLines: number
  lines: TextLine[]
}

export interface TextDiff {
  hunks: TextHunk[]
  addedLines: number
  removedLines: number
}

/** Whether bytes look like text: UTF-8 without NUL, as far as their first 8 KiB tell. */
export function isText(bytes: Uint8Array): boolean {
  const probe = bytes.subarray(0, PROBE_BYTES)
  if (probe.includes(0)) return false
  // A character cut by the end of the probe is no fault of the text.
  return (
    decodes(probe) ||
    (bytes.length > PROBE_BYTES && [1, 2, 3].some((cut) => decodes(probe.subarray(0, -cut))))
  )
}

/** The text in bytes, a byte order mark included; undefined when they are no text or more than `limit`. */
export function decodeText(bytes: Uint8Array, limit = TEXT_BYTES_MAX): string | undefined {
  if (bytes.length > limit || !isText(bytes)) return undefined
  try {
    return fromUtf8(bytes)
  } catch {
    return undefined
  }
}

/** Lines with their line feeds; put together again they are the text. */
export function splitLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/u)
}

/** What changed between two texts, by lines. `context`: unchanged lines around each change, default 3. */
export function textHunks(before: string, after: string, options: { context?: number } = {}): TextDiff {
  const a = splitLines(before)
  const b = splitLines(after)
  const context = Math.max(0, options.context ?? 3)
  const runs = alignLines(a, b)
  return {
    hunks: groupRuns(runs, context).map((group) => hunkOf(a, b, group, context)),
    addedLines: runs.reduce((sum, run) => sum + run.bLength, 0),
    removedLines: runs.reduce((sum, run) => sum + run.aLength, 0),
  }
}

/** Runs whose contexts touch share a hunk. */
function groupRuns(runs: readonly LineRun[], context: number): LineRun[][] {
  const groups: LineRun[][] = []
  for (const run of runs) {
    const group = groups.at(-1)
    const last = group?.at(-1)
    if (group && last && run.aStart - (last.aStart + last.aLength) <= 2 * context) group.push(run)
    else groups.push([run])
  }
  return groups
}

function hunkOf(a: string[], b: string[], runs: readonly LineRun[], context: number): TextHunk {
  const first = runs[0]!
  const last = runs.at(-1)!
  const before = Math.min(context, first.aStart)
  const aStart = first.aStart - before
  const bStart = first.bStart - before
  const aEnd = Math.min(a.length, last.aStart + last.aLength + context)
  const bEnd = Math.min(b.length, last.bStart + last.bLength + context)
  const lines: TextLine[] = []
  let at = aStart
  for (const run of runs) {
    for (; at < run.aStart; at++) lines.push(lineOf('context', a[at]!))
    for (; at < run.aStart + run.aLength; at++) lines.push(lineOf('removed', a[at]!))
    for (let i = 0; i < run.bLength; i++) lines.push(lineOf('added', b[run.bStart + i]!))
  }
  for (; at < aEnd; at++) lines.push(lineOf('context', a[at]!))
  return {
    // Of an empty side, unified diffs give the line before.
    beforeStart: aEnd > aStart ? aStart + 1 : aStart,
    beforeLines: aEnd - aStart,
    afterStart: bEnd > bStart ? bStart + 1 : bStart,
    afterLines: bEnd - bStart,
    lines,
  }
}

function lineOf(kind: TextLine['kind'], line: string): TextLine {
  return line.endsWith('\n') ? { kind, text: line.slice(0, -1) } : { kind, text: line, noNewline: true }
}

function decodes(bytes: Uint8Array): boolean {
  try {
    fromUtf8(bytes)
    return true
  } catch {
    return false
  }
}
