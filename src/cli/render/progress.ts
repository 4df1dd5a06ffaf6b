// What long work is doing: one line on a terminal's stderr, or lines of JSON for a program that asks for them. Nothing at all
// where stderr is no terminal.
import type { OnProgress, ProgressEvent } from '../../base/index.js'
import type { Output } from '../io.js'
import { toJson } from '../json.js'
import { number, size } from './amounts.js'
import { safe } from './escape.js'
import { duration } from './times.js'

export interface Progress {
  onProgress: OnProgress
  /** Takes the line away, before a result is printed. */
  clear(): Promise<void>
}

const EVERY_MS = 100
/** Work that ends within this shows nothing. */
const PATIENCE_MS = 300
/** A rate is not told before it had this long to settle. */
const SETTLE_MS = 1000

export function createProgress(output: Output, clock: () => number, enabled: boolean): Progress {
  if (!enabled || !output.isTTY) return { onProgress: () => {}, clear: async () => {} }
  const began = clock()
  const phases = new Map<string, { time: number; done: number }>()
  let shown = began + PATIENCE_MS - EVERY_MS
  let visible = false
  function write(text: string): Promise<void> {
    return output.write(text).catch(() => {})
  }
  return {
    onProgress(event) {
      const now = clock()
      const start = phases.get(event.phase) ?? { time: now, done: event.done }
      phases.set(event.phase, start)
      if (now - shown < EVERY_MS) return
      shown = now
      visible = true
      const line = progressLine(event, (now - start.time) / 1000, event.done - start.done)
      void write(`\r${clip(line, (output.columns || 80) - 1)}\x1b[K`)
    },
    async clear() {
      if (visible) await write('\r\x1b[K')
      visible = false
    },
  }
}

/** For programs: a document of JSON a line, spec/12-json.md, "Progress". */
export function progressLines(output: Output, clock: () => number): Progress {
  const told = new Map<string, number>()
  return {
    onProgress(progress) {
      const now = clock()
      if (now - (told.get(progress.phase) ?? -Infinity) < EVERY_MS) return
      told.set(progress.phase, now)
      void output.write(`${toJson({ progress })}\n`).catch(() => {})
    },
    clear: async () => {},
  }
}

/** 'Sending  1.2 GB of 3.4 GB  35%  26 of 72 packs  240 MB/s  0:09 left' */
export function progressLine(event: ProgressEvent, seconds: number, doneSince: number): string {
  const { phase, done, total, unit, packs } = event
  const show = (value: number) => (unit === 'bytes' ? size(value) : number(value))
  const parts = [capital(safe(phase))]
  const noun = unit === 'bytes' ? '' : ` ${unit}`
  parts.push(total === undefined ? `${show(done)}${noun}` : `${show(done)} of ${show(total)}${noun}`)
  if (total !== undefined && total > 0) parts.push(`${Math.min(100, Math.floor((done / total) * 100))}%`)
  if (packs) parts.push(`${number(packs.done)} of ${number(packs.total)} packs`)
  const rate = seconds > 0 ? doneSince / seconds : 0
  if (seconds * 1000 >= SETTLE_MS && rate > 0) {
    parts.push(`${show(rate)}/s`)
    if (total !== undefined && total > done) parts.push(`${duration((total - done) / rate)} left`)
  }
  return parts.join('  ')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : text.slice(0, Math.max(0, width))
}
