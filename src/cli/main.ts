// The program: finds the verb, runs it, prints its result or failure, answers with the exit status (spec/errors.md).
import { EXIT } from '../base/index.js'
import { parseLeading } from './arguments.js'
import type { CreateApi } from './api-types.js'
import type { GlobalOptions } from './command.js'
import { interrupted } from './context.js'
import { loadEngine } from './engine.js'
import { type Io, OutputClosed, wantsColor } from './io.js'
import { toJson } from './json.js'
import { processIo } from './process-io.js'
import { describeFailure, failureJson, renderFailure } from './render/errors.js'
import { createStyle } from './render/style.js'
import { programVersion } from './version.js'

/** Runs dv on this process's arguments and streams. */
export function main(): Promise<number> {
  // Its advice is for programs that install it, not for their users.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  return run(process.argv.slice(2), processIo())
}

/** Runs dv once and answers with its exit status; never throws. `createApi` replaces the engine in tests. */
export async function run(
  argv: readonly string[],
  io: Io,
  createApi: () => Promise<CreateApi> = loadEngine,
): Promise<number> {
  const abort = new AbortController()
  let leaving: NodeJS.Timeout | undefined
  const release = io.onInterrupt(() => {
    if (abort.signal.aborted) io.exitNow(EXIT.interrupted)
    abort.abort(interrupted())
    leaving = leaveSoon(io)
  })
  try {
    return await dispatch(argv, io, abort.signal, createApi)
  } catch (error) {
    return await fail(error, argv, io, abort.signal.aborted)
  } finally {
    clearTimeout(leaving)
    release()
  }
}

const GRACE_MS = 5000

/** Whatever waits for a server or a disk must not keep a user who wants to leave: the old or the new state is in place at
 * every moment. */
function leaveSoon(io: Io): NodeJS.Timeout {
  const leave = () => void io.stderr.write('error: Interrupted\n').finally(() => io.exitNow(EXIT.interrupted))
  return setTimeout(leave, GRACE_MS).unref()
}

async function dispatch(
  argv: readonly string[],
  io: Io,
  signal: AbortSignal,
  createApi: () => Promise<CreateApi>,
): Promise<number> {
  const { global, version, rest } = parseLeading(argv)
  if (version) {
    await io.stdout.write(
      global.json ? `${toJson({ version: programVersion() })}\n` : `dv ${programVersion()}\n`,
    )
    return EXIT.ok
  }
  const { runVerb } = await import('./run-verb.js')
  return await runVerb({ words: rest, global: global satisfies GlobalOptions, io, signal, createApi })
}

async function fail(error: unknown, argv: readonly string[], io: Io, aborted: boolean): Promise<number> {
  if (error instanceof OutputClosed) return EXIT.ok
  const failure = describeFailure(error, aborted)
  const debug = (io.env['DV_DEBUG'] ?? '') !== ''
  const text = asksForJson(argv)
    ? failureJson(failure, debug)
    : renderFailure(failure, createStyle(wantsColor(io.stderr, io.env, argv.includes('--no-color'))), debug)
  // With stderr gone too there is nobody left to tell.
  await io.stderr.write(text).catch(() => {})
  return failure.exit
}

/** Looks at the bare words, since the failure may be that they could not be parsed. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json')
}
