import { DvError, EXIT, type OnProgress } from '../base/index.js'
import type { CreateApi, DvApi, LostFiles, Reader, Repository } from './api-types.js'
import type { GlobalOptions } from './command.js'
import type { Io } from './io.js'
import { safe } from './render/escape.js'
import { warnOfLost } from './render/lost.js'
import type { Screen } from './render/screen.js'

/** What a command's `run` works with. */
export interface Context {
  io: Io
  global: GlobalOptions
  /** To hand on to long calls. */
  work: { signal: AbortSignal; onProgress: OnProgress }
  api(): Promise<DvApi>
  /** The repository around the current directory, opened once; DV_NO_REPOSITORY when there is none. */
  repository(): Promise<Repository>
  /** What reads it, if it is there, and stores that operands name; opened once. */
  reader(): Promise<Reader>
  /** A line on stderr at once, before long work; not with --quiet. */
  say(text: string): void
  /** The status to end with although nothing failed. */
  exit(status: number): void
}

export interface ContextOptions {
  io: Io
  global: GlobalOptions
  screen: Screen
  signal: AbortSignal
  onProgress: OnProgress
  createApi: () => Promise<CreateApi>
}

export interface OpenContext {
  context: Context
  status(): number | undefined
  close(): Promise<void>
}

/** Makes a context that loads the engine only when it is asked for. */
export function createContext(options: ContextOptions): OpenContext {
  const { io, global, screen, signal, onProgress } = options
  let api: Promise<DvApi> | undefined
  let repository: Promise<Repository> | undefined
  let reader: Promise<Reader> | undefined
  let status: number | undefined
  /** Nothing failed, and yet not all is there that was asked for. */
  function onLost(lost: LostFiles): void {
    status = EXIT.corrupt
    warnOfLost(lost, screen)
  }
  function loadApi(): Promise<DvApi> {
    api ??= options.createApi().then((create) => {
      const { cwd, env, clock, zone } = io
      return create({ cwd, env, clock, zone, warn: (text) => screen.warn(safe(text)), onLost })
    })
    return api
  }
  const context: Context = {
    io,
    global,
    work: { signal, onProgress },
    api: loadApi,
    repository() {
      repository ??= loadApi().then((api) => within(api.open(), screen))
      return repository
    },
    reader() {
      reader ??= loadApi().then((api) => within(api.reader(), screen))
      return reader
    },
    say(text) {
      if (!global.quiet) void io.stderr.write(`${text}\n`).catch(() => {})
    },
    exit(value) {
      status = value
    },
  }
  async function close(): Promise<void> {
    for (const opening of [repository, reader]) {
      const open = await opening?.catch(() => undefined)
      await open?.close()
    }
  }
  return { context, status: () => status, close }
}

/** Paths are shown as seen from where one is. */
async function within<T extends Reader>(opening: Promise<T>, screen: Screen): Promise<T> {
  const opened = await opening
  screen.prefix = opened.prefix
  return opened
}

/** The reason an interrupted piece of work is given. */
export function interrupted(): DvError {
  return new DvError('DV_INTERRUPTED', 'Interrupted')
}
