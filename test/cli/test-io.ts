import type { CreateApi, DvApi, Repository } from '../../src/cli/api-types.js'
import { type Io, type Output, OutputClosed } from '../../src/cli/io.js'
import { run } from '../../src/cli/main.js'

export const NOW = Date.UTC(2026, 0, 31, 12, 0, 0)

export interface TestIo extends Io {
  out(): string
  err(): string
  /** What Ctrl-C would do. */
  interrupt(): void
  /** Statuses the process was ended with at once. */
  ended: number[]
}

export interface TestIoOptions {
  env?: Record<string, string>
  tty?: boolean
  cwd?: string
  stdin?: string
  clock?: () => number
  /** Instead of a program. */
  runChild?: Io['runChild']
  /** The reader goes away after so many writes. */
  closesAfter?: number
}

/** An Io over buffers: 80 columns, noon of 31 January 2026, no terminal unless asked for. */
export function testIo(options: TestIoOptions = {}): TestIo {
  const handlers = new Set<() => void>()
  const stdout = buffer(options)
  const stderr = buffer({ ...options, closesAfter: Infinity })
  const ended: number[] = []
  return {
    stdout,
    stderr,
    stdin: async () => Buffer.from(options.stdin ?? ''),
    stdinParts: () => iterate(Buffer.from(options.stdin ?? '')),
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    clock: options.clock ?? (() => NOW),
    zone: 60,
    onInterrupt(handler) {
      handlers.add(handler)
      return () => handlers.delete(handler)
    },
    runChild: async (words, child) => options.runChild?.(words, child) ?? 0,
    exitNow: (status) => ended.push(status),
    out: () => stdout.text(),
    err: () => stderr.text(),
    interrupt: () => handlers.forEach((handler) => handler()),
    ended,
  }
}

function buffer({ tty = false, closesAfter = Infinity }: TestIoOptions): Output & { text(): string } {
  const parts: Buffer[] = []
  return {
    isTTY: tty,
    columns: tty ? 80 : undefined,
    async write(data) {
      if (parts.length >= closesAfter) throw new OutputClosed()
      parts.push(Buffer.from(data as Uint8Array))
    },
    text: () => Buffer.concat(parts).toString('utf8'),
  }
}

type Fakes = Partial<Omit<Repository, 'root' | 'store'>>

export interface Recorded {
  method: string
  options: Record<string, unknown>
}

/** An engine whose repository has just these methods; `calls` is what was asked of it, without signal, progress and judges. */
export function fakeEngine(
  fakes: Fakes,
  top: Partial<DvApi> = {},
): { create: () => Promise<CreateApi>; calls: Recorded[] } {
  const calls: Recorded[] = []
  const base = {
    root: '/data',
    store: '/data/.dv',
    prefix: '',
    close: async () => {},
    isRevision: async () => true,
  }
  const repository = recording({ ...base, ...fakes }, calls) as unknown as Repository
  const api = recording(
    // Of what the api itself is asked for, as fsck, the same.
    { ...fakes, open: async () => repository, reader: async () => repository, ...top },
    calls,
  ) as unknown as DvApi
  return { create: async () => () => api, calls }
}

const UNRECORDED = new Set(['open', 'reader', 'close', 'isRevision', 'mergeUnderWay'])

function recording(target: object, calls: Recorded[]): object {
  return new Proxy(target, {
    get(object, name) {
      const value = Reflect.get(object, name) as unknown
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (!UNRECORDED.has(String(name))) calls.push({ method: String(name), options: plain(args[0]) })
        return value.apply(object, args)
      }
    },
  })
}

function plain(options: unknown): Record<string, unknown> {
  if (typeof options !== 'object' || options === null) return options === undefined ? {} : { value: options }
  const { signal: _s, onProgress: _p, judge: _j, ...rest } = options as Record<string, unknown>
  return rest
}

export interface Outcome {
  status: number
  out: string
  err: string
  calls: Recorded[]
}

/** Runs `dv ARGS` against a repository with these methods. */
export async function dv(
  argv: readonly string[],
  fakes: Fakes = {},
  options: TestIoOptions = {},
): Promise<Outcome> {
  const io = testIo(options)
  const { create, calls } = fakeEngine(fakes)
  const status = await run(argv, io, create)
  return { status, out: io.out(), err: io.err(), calls }
}

export async function* iterate<T>(...items: T[]): AsyncGenerator<T> {
  yield* items
}
