// What a command is: a table of options, `run` that returns data, `render` that prints it. Help, completion and
// argument parsing all read the same table.
import type { Context } from './context.js'
import type { Screen } from './render/screen.js'

export interface OptionSpec {
  /** `count` is a whole number from 0, `size` bytes ('128KiB'), `date` milliseconds since 1970. */
  type: 'flag' | 'string' | 'count' | 'size' | 'date'
  short?: string
  /** May be given several times. */
  multiple?: true
  /** How the value is called in help: 'MSG'. */
  value?: string
  describe: string
  /** Accepted, but not shown. */
  hidden?: true
  complete?: CompletionKind
}

export type OptionTable = Readonly<Record<string, OptionSpec>>
export type CompletionKind = 'revision' | 'branch' | 'tag' | 'remote' | 'file' | 'verb' | 'shell'

type ValueOf<S extends OptionSpec> = S['type'] extends 'flag'
  ? boolean
  : S['type'] extends 'string'
    ? string
    : number

type OptionValue<S extends OptionSpec> = S['type'] extends 'flag'
  ? boolean
  : S extends { multiple: true }
    ? ValueOf<S>[]
    : ValueOf<S> | undefined

export interface Args<O extends OptionTable = OptionTable> {
  options: { [K in keyof O]: OptionValue<O[K]> }
  operands: string[]
  /** What stood behind `--`, for commands with `pathsAfterDashes`; undefined when there was no `--`. */
  paths: string[] | undefined
}

export interface Example {
  command: string
  what: string
}

export interface Command<O extends OptionTable = OptionTable, R = unknown> {
  /** 'commit', 'worktree add'. */
  name: string
  summary: string
  /** What follows the name, one line a form: '[-m MSG] [PATHS]'. */
  usage: readonly string[]
  /** Paragraphs of help, where the options do not say it all. */
  description?: string
  options: O
  operands?: { min?: number; max?: number; complete?: CompletionKind }
  /** `--` separates operands from paths, rather than options from operands. */
  pathsAfterDashes?: true
  /** Options may stand behind those paths; a path that looks like one is written './--name'. */
  optionsAfterPaths?: true
  /** The operands are another command: options stand before it, all behind its first word is its own. */
  wordsAsTyped?: true
  examples: readonly Example[]
  run(args: Args<O>, context: Context): R | Promise<R>
  render(result: Awaited<R>, screen: Screen): void | Promise<void>
  /** The document of --json; the result itself when absent. An async iterable is printed as JSON lines. */
  json?(result: Awaited<R>): unknown
}

/** Types a command's `run` and `render` from its table of options. */
export function defineCommand<const O extends OptionTable, R>(command: Command<O, R>): Command {
  return command as unknown as Command
}

/** A verb that only has sub-verbs, like `dv remote add`. */
export interface CommandGroup {
  name: string
  summary: string
  commands: readonly Command[]
  /** Runs when no sub-verb is given; help is printed when absent. */
  fallback?: Command
  /** The sub-verb meant by words that begin with none of them: 'config user.name' is 'config get user.name'. */
  infer?: (words: readonly string[]) => string | undefined
}

export function isGroup(command: Command | CommandGroup): command is CommandGroup {
  return 'commands' in command
}

export interface GlobalOptions {
  json: boolean
  quiet: boolean
  help: boolean
  noColor: boolean
  noProgress: boolean
  directory: string | undefined
}

/** Options every command has. */
export const GLOBAL_OPTIONS = {
  json: { type: 'flag', describe: 'print the result (and errors) as JSON' },
  quiet: { type: 'flag', short: 'q', describe: 'print results only, no messages' },
  directory: { type: 'string', short: 'C', value: 'DIR', describe: 'run as if started in DIR' },
  'no-color': { type: 'flag', describe: 'no colours; NO_COLOR does the same' },
  'no-progress': { type: 'flag', describe: 'no progress line' },
  help: { type: 'flag', short: 'h', describe: 'show this help' },
} as const satisfies OptionTable

/** Drops what is undefined, so that options can be handed on under exactOptionalPropertyTypes. */
export function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>
}

type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
