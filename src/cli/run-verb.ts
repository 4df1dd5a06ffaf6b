import { statSync } from 'node:fs'
import path from 'node:path'
import { DvError, EXIT, nearest } from '../base/index.js'
import type { CreateApi } from './api-types.js'
import { parseCommand } from './arguments.js'
import { type Args, type Command, type CommandGroup, type GlobalOptions, isGroup } from './command.js'
import { createContext } from './context.js'
import { commandHelp, groupHelp, overview } from './help.js'
import { type Io, type Output, wantsColor } from './io.js'
import { isAsyncIterable, toJson } from './json.js'
import { VERBS, VISIBLE } from './registry.js'
import { createProgress, type Progress, progressLines } from './render/progress.js'
import { Screen } from './render/screen.js'

export interface Invocation {
  /** The verb and all behind it. */
  words: readonly string[]
  /** From before the verb. */
  global: GlobalOptions
  io: Io
  signal: AbortSignal
  createApi: () => Promise<CreateApi>
}

/** Runs one verb and answers with the exit status. Failures are thrown. */
export async function runVerb(invocation: Invocation): Promise<number> {
  const { words, global, io } = invocation
  const [verb, ...rest] = words
  if (verb === undefined) return await print(io, global, overview)
  const found = await findVerb(verb)
  const chosen = isGroup(found) ? chooseFrom(found, rest) : { command: found, rest }
  if (chosen === undefined)
    return await print(io, global, (screen) => groupHelp(found as CommandGroup, screen))
  const parsed = parseCommand(chosen.command, chosen.rest, io.clock())
  const all = mergeGlobal(global, parsed.global)
  if (all.help) return await print(io, all, (screen) => helpFor(found, chosen, screen))
  return await execute(chosen.command, parsed.args, {
    ...invocation,
    io: inDirectories(io, global, parsed.global),
    global: all,
  })
}

/** The command or group called `verb`; DV_USAGE with the nearest one when there is none. */
export async function findVerb(verb: string): Promise<Command | CommandGroup> {
  const entry = VERBS.get(verb)
  if (entry) return await entry.load()
  const near = nearest(verb, VISIBLE)[0]
  throw new DvError('DV_USAGE', `'${verb}' is no dv command${near ? `; did you mean '${near}'?` : ''}`, {
    data: { verb, ...(near ? { nearest: near } : {}) },
    hint: near ? `try 'dv ${near}', or 'dv help' for all commands` : "'dv help' lists all commands",
  })
}

interface Chosen {
  command: Command
  rest: string[]
}

/** The sub-verb that `words` name, else the group's fallback; undefined when only its help can be meant. */
function chooseFrom(group: CommandGroup, words: readonly string[]): Chosen | undefined {
  const at = words.findIndex((word) => !word.startsWith('-'))
  const word = words[at]
  if (word === undefined) {
    const help = words.includes('--help') || words.includes('-h')
    if (group.fallback && !help) return { command: group.fallback, rest: [...words] }
    if (help) return undefined
  }
  const names = group.commands.map((command) => subName(command))
  const command = group.commands.find((candidate) => subName(candidate) === word)
  if (command) return { command, rest: words.filter((_, i) => i !== at) }
  const inferred = group.infer?.(words.filter((other) => !other.startsWith('-')))
  const meant = group.commands.find((candidate) => subName(candidate) === inferred)
  if (meant) return { command: meant, rest: [...words] }
  const near = word && nearest(word, names)[0]
  throw new DvError(
    'DV_USAGE',
    word
      ? `'dv ${group.name}' has no '${word}'${near ? `; did you mean '${near}'?` : ''}`
      : `'dv ${group.name}' needs one of: ${names.join(', ')}`,
    {
      hint: `dv ${group.name} ${names.join('|')}\nsee 'dv help ${group.name}'`,
      data: word ? { verb: word } : {},
    },
  )
}

export function subName(command: Command): string {
  return command.name.slice(command.name.indexOf(' ') + 1)
}

function helpFor(found: Command | CommandGroup, chosen: Chosen, screen: Screen): void {
  if (isGroup(found) && chosen.command === found.fallback) groupHelp(found, screen)
  else commandHelp(chosen.command, screen)
}

async function print(io: Io, global: GlobalOptions, fill: (screen: Screen) => void): Promise<number> {
  const screen = createScreen(io, io.stdout, global)
  fill(screen)
  await screen.flush()
  return EXIT.ok
}

function createScreen(io: Io, out: Output, global: GlobalOptions): Screen {
  const color = wantsColor(io.stdout, io.env, global.noColor)
  return new Screen({ out, err: io.stderr, color, quiet: global.quiet, now: io.clock() })
}

async function execute(command: Command, args: Args, invocation: Invocation): Promise<number> {
  const { io, global, signal, createApi } = invocation
  const progress = progressFor(io, global)
  const screen = createScreen(io, clearingFirst(io.stdout, progress.clear), global)
  const { context, status, close } = createContext({
    ...{ io, global, screen, signal, createApi },
    onProgress: progress.onProgress,
  })
  try {
    const result = await command.run(args, context)
    await progress.clear()
    if (global.json) await printJson(command, result, screen)
    else await command.render(result, screen)
    await progress.clear()
    await screen.flush()
    return status() ?? EXIT.ok
  } catch (error) {
    await progress.clear()
    // What was listed before the failure is still good.
    await screen.flush().catch(() => {})
    throw error
  } finally {
    await close()
  }
}

function progressFor({ stderr, clock, env }: Io, { json, noProgress, quiet }: GlobalOptions): Progress {
  const wanted = !noProgress && !quiet
  if (wanted && json && env['DV_PROGRESS'] === 'json') return progressLines(stderr, clock)
  return createProgress(stderr, clock, wanted)
}

/** Takes the progress line away before anything else appears on the same terminal. */
function clearingFirst(output: Output, clear: () => Promise<void>): Output {
  return {
    isTTY: output.isTTY,
    columns: output.columns,
    async write(data) {
      await clear()
      await output.write(data)
    },
  }
}

async function printJson(command: Command, result: unknown, screen: Screen): Promise<void> {
  const document = command.json ? command.json(result) : result
  if (!isAsyncIterable(document)) {
    screen.line(toJson(await document, screen.isTTY ? 2 : undefined))
    return
  }
  for await (const item of document) {
    screen.line(toJson(item))
    await screen.breathe()
  }
}

function mergeGlobal(a: GlobalOptions, b: GlobalOptions): GlobalOptions {
  return {
    json: a.json || b.json,
    quiet: a.quiet || b.quiet,
    help: a.help || b.help,
    noColor: a.noColor || b.noColor,
    noProgress: a.noProgress || b.noProgress,
    directory: b.directory ?? a.directory,
  }
}

function inDirectories(io: Io, ...globals: GlobalOptions[]): Io {
  let cwd = io.cwd
  for (const { directory } of globals) {
    if (directory !== undefined) cwd = path.resolve(cwd, directory)
  }
  if (cwd === io.cwd) return io
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new DvError('DV_USAGE', `Cannot start in '${cwd}': it is no directory`, {
      data: { directory: cwd },
    })
  }
  return { ...io, cwd }
}
