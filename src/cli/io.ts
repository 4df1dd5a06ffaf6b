// Everything the program may touch of its surroundings. Commands see no `process`; tests pass buffers.

/** One of stdout and stderr. `write` waits while the reader is behind, and throws OutputClosed once it is gone. */
export interface Output {
  write(data: string | Uint8Array): Promise<void>
  isTTY: boolean
  /** Width in characters, when it is a terminal. */
  columns: number | undefined
}

export interface ChildOptions {
  cwd: string
  env: Io['env']
  /** What it prints goes nowhere. */
  quiet: boolean
  /** Ends it, and all that it started. */
  signal: AbortSignal
}

export interface Io {
  stdout: Output
  stderr: Output
  /** The whole of standard input. */
  stdin(): Promise<Uint8Array>
  /** The same as it comes. */
  stdinParts(): AsyncIterable<Uint8Array>
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  clock: () => number
  /** Minutes east of UTC. */
  zone: number
  /** Calls `handler` at each Ctrl-C or request to end; returns what takes it away again. */
  onInterrupt(handler: () => void): () => void
  /** Runs another program to its end. Its exit status, or as a shell has it: 126 and 127 when it cannot run, 128 + n
   * when signal n ended it. What it prints goes to stderr. */
  runChild(words: readonly string[], options: ChildOptions): Promise<number>
  /** Ends the process at once. */
  exitNow(status: number): void
}

/** The reader of an output went away (`dv log | head`): no failure, only nothing left to do. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'
}

/** Whether to colour what goes to `output`: https://no-color.org, FORCE_COLOR over it, a terminal by default. */
export function wantsColor(output: Output, env: Io['env'], noColorFlag: boolean): boolean {
  if (noColorFlag) return false
  const force = env['FORCE_COLOR']
  if (force !== undefined && force !== '') return force !== '0'
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false
  return output.isTTY && env['TERM'] !== 'dumb'
}
