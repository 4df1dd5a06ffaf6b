import type { Output } from '../io.js'
import { safe } from './escape.js'
import { createStyle, type Style } from './style.js'

export interface ScreenOptions {
  out: Output
  err: Output
  color: boolean
  quiet: boolean
  now: number
}

const FLUSH_CHARS = 32 * 1024
const FLUSH_LINES = 64

/** Where a command's result is written: results to stdout, advice to stderr. Lines wait until `flush`, or until
 * `breathe` finds enough of them. Text from data must have gone through render/escape.ts. */
export class Screen {
  readonly style: Style
  /** Milliseconds since 1970, for relative times. */
  readonly now: number
  readonly isTTY: boolean
  readonly quiet: boolean
  /** Where the user stands in the working directory; paths are shown relative to it. */
  prefix = ''
  readonly #out: Output
  readonly #err: Output
  #lines: string[] = []
  #chars = 0
  #advice: string[] = []

  constructor(options: ScreenOptions) {
    this.#out = options.out
    this.#err = options.err
    this.now = options.now
    this.isTTY = options.out.isTTY
    this.quiet = options.quiet
    this.style = createStyle(options.color)
  }

  /** A line of the result. */
  line(text = ''): void {
    this.#lines.push(text, '\n')
    this.#chars += text.length + 1
  }

  /** A line that only tells what was done: left out with --quiet. */
  note(text = ''): void {
    if (!this.quiet) this.line(text)
  }

  /** What the user may want to type next; goes to stderr. */
  hint(text: string): void {
    if (!this.quiet) this.#advice.push(`${this.style.dim('hint:')} ${text}\n`)
  }

  /** What the user must know although nothing failed; goes to stderr, also with --quiet. */
  warn(text: string): void {
    this.#advice.push(`${this.style.yellow('warning:')} ${text}\n`)
  }

  /** A path of the tree as the user can type it here, escaped. */
  path(path: string): string {
    return safe(relativeTo(path, this.prefix))
  }

  /** Writes what waits once it is worth it. Listings call it after every item. */
  async breathe(): Promise<void> {
    if (this.#chars >= FLUSH_CHARS || (this.isTTY && this.#lines.length >= FLUSH_LINES))
      await this.#flushOut()
  }

  /** Bytes of a file, as they are. */
  async bytes(bytes: Uint8Array): Promise<void> {
    await this.#flushOut()
    if (bytes.length > 0) await this.#out.write(bytes)
  }

  async flush(): Promise<void> {
    await this.#flushOut()
    const advice = this.#advice.splice(0)
    if (advice.length > 0) await this.#err.write(advice.join(''))
  }

  async #flushOut(): Promise<void> {
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    this.#chars = 0
    await this.#out.write(text)
  }
}

/** `path` as seen from the directory `prefix`; '.' for that directory itself. */
export function relativeTo(path: string, prefix: string): string {
  if (prefix === '') return path
  const to = path.split('/')
  const from = prefix.split('/')
  let same = 0
  while (same < from.length && same < to.length && to[same] === from[same]) same++
  const steps = [...from.slice(same).map(() => '..'), ...to.slice(same)]
  return steps.length === 0 ? '.' : steps.join('/')
}
