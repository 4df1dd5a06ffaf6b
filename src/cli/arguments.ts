// Arguments of one command, by node's own parser: it costs nothing to load (spec/decisions). What it finds is checked
// here against the command's table, so that every mistake gets a message of ours.
import { parseArgs } from 'node:util'
import { DvError, nearest, parseSize } from '../base/index.js'
import {
  type Args,
  type Command,
  GLOBAL_OPTIONS,
  type GlobalOptions,
  type OptionSpec,
  type OptionTable,
} from './command.js'
import { parseDate } from './values.js'

export interface ParsedCommand {
  args: Args
  global: GlobalOptions
}

/** Parses what follows the verb. Mistakes are DV_USAGE, with the command's usage as hint. */
export function parseCommand(command: Command, argv: readonly string[], now: number): ParsedCommand {
  const table: OptionTable = { ...GLOBAL_OPTIONS, ...command.options }
  const words = command.optionsAfterPaths ? optionsFirst(table, argv) : argv
  const expanded = command.wordsAsTyped ? optionsEnded(table, words) : expandCount(table, words)
  const parsed = readTokens(command, table, expanded, now)
  const help = parsed.values.get('help') !== undefined
  if (!help) checkOperands(command, parsed.operands)
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, spec]) => [name, optionValue(spec, parsed.values.get(name))]),
  )
  return {
    args: { options, operands: parsed.operands, paths: parsed.paths } as Args,
    global: globalOptions(parsed.values),
  }
}

/** Global options that stand before the verb, and what is left. */
export function parseLeading(argv: readonly string[]): {
  global: GlobalOptions
  version: boolean
  rest: string[]
} {
  const values = new Map<string, (string | number | true)[]>()
  let at = 0
  let version = false
  for (; at < argv.length && argv[at]!.startsWith('-'); at++) {
    const word = argv[at]!
    if (word === '--version' || word === '-V' || word === '-v') version = true
    else if (word === '-C' || word === '--directory') values.set('directory', [leadingValue(argv, ++at)])
    else values.set(leadingFlag(word), [true])
  }
  return { global: globalOptions(values), version, rest: argv.slice(at) }
}

function leadingValue(argv: readonly string[], at: number): string {
  const value = argv[at]
  if (value === undefined)
    throw new DvError('DV_USAGE', "Option '-C' needs a directory", { hint: "see 'dv help'" })
  return value
}

function leadingFlag(word: string): string {
  for (const [name, spec] of Object.entries(GLOBAL_OPTIONS) as [string, OptionSpec][]) {
    if (spec.type === 'flag' && (word === `--${name}` || word === `-${spec.short}`)) return name
  }
  throw new DvError('DV_USAGE', `Unknown option '${word}'`, { hint: "see 'dv help'", data: { option: word } })
}

function globalOptions(values: Map<string, (string | number | true)[]>): GlobalOptions {
  return {
    json: values.has('json'),
    quiet: values.has('quiet'),
    help: values.has('help'),
    noColor: values.has('no-color'),
    noProgress: values.has('no-progress'),
    directory: values.get('directory')?.at(-1) as string | undefined,
  }
}

/** '-5' means '-n 5' wherever there is a -n. */
function expandCount(table: OptionTable, argv: readonly string[]): string[] {
  const limit = Object.entries(table).find(([, spec]) => spec.short === 'n' && spec.type === 'count')
  const end = argv.indexOf('--')
  return argv.map((word, i) =>
    limit && /^-\d+$/.test(word) && (end < 0 || i < end) ? `--${limit[0]}=${word.slice(1)}` : word,
  )
}

/** Options that stand behind the paths behind `--`, in front of it. */
function optionsFirst(table: OptionTable, argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  const isOption = (word: string, i: number) =>
    i > end && word.startsWith('--') && Object.hasOwn(table, word.slice(2).replace(/=.*/s, ''))
  const at = end < 0 ? -1 : argv.findIndex(isOption)
  return at < 0 ? argv : [...argv.slice(0, end), ...argv.slice(at), ...argv.slice(end, at)]
}

/** Options end where the first operand stands. */
function optionsEnded(table: OptionTable, argv: readonly string[]): string[] {
  const { tokens } = parseArgs({ args: [...argv], options: nodeOptions(table), strict: false, tokens: true })
  const first = tokens.find(({ kind }) => kind !== 'option')
  return first?.kind === 'positional'
    ? [...argv.slice(0, first.index), '--', ...argv.slice(first.index)]
    : [...argv]
}

interface Tokens {
  values: Map<string, (string | number | true)[]>
  operands: string[]
  paths: string[] | undefined
}

function readTokens(command: Command, table: OptionTable, argv: string[], now: number): Tokens {
  const { tokens } = parseArgs({ args: argv, options: nodeOptions(table), strict: false, tokens: true })
  const found: Tokens = { values: new Map(), operands: [], paths: undefined }
  for (const token of tokens) {
    if (token.kind === 'option-terminator' && command.pathsAfterDashes) found.paths = []
    else if (token.kind === 'positional') (found.paths ?? found.operands).push(token.value)
    else if (token.kind === 'option') {
      const spec = Object.hasOwn(table, token.name) ? table[token.name] : undefined
      if (spec === undefined) throw unknownOption(command, table, token.rawName)
      const values = found.values.get(token.name) ?? []
      found.values.set(token.name, values)
      values.push(readValue(command, spec, token, now))
    }
  }
  return found
}

function nodeOptions(table: OptionTable): Record<string, { type: 'string' | 'boolean'; short?: string }> {
  return Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [
      name,
      { type: spec.type === 'flag' ? 'boolean' : 'string', ...(spec.short ? { short: spec.short } : {}) },
    ]),
  )
}

function readValue(
  command: Command,
  spec: OptionSpec,
  token: { rawName: string; value?: string | undefined },
  now: number,
): string | number | true {
  const { rawName, value } = token
  if (spec.type === 'flag') {
    if (value !== undefined)
      throw usageError(command, `Option '${rawName}' takes no value, '${value}' was given`)
    return true
  }
  if (value === undefined)
    throw usageError(command, `Option '${rawName}' needs a value: ${spec.value ?? 'VALUE'}`)
  if (spec.type === 'string') return value
  const number =
    spec.type === 'count'
      ? parseCount(value)
      : spec.type === 'size'
        ? parseSize(value)
        : parseDate(value, now)
  if (number === undefined)
    throw usageError(command, `'${value}' is no ${WANTED[spec.type]} for option '${rawName}'`)
  return number
}

const WANTED = {
  count: 'whole number',
  size: 'size (like 128KiB or 4MB)',
  date: "date (like 2026-01-31, '2 weeks ago' or yesterday)",
}

function parseCount(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function optionValue(spec: OptionSpec, values: (string | number | true)[] | undefined): unknown {
  if (spec.type === 'flag') return values !== undefined
  return spec.multiple ? (values ?? []) : values?.at(-1)
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const { min = 0, max = 0 } = command.operands ?? {}
  if (operands.length < min) {
    const missing = command.usage[0] ?? ''
    throw usageError(command, `'dv ${command.name}' needs more: ${missing}`)
  }
  if (operands.length > max)
    throw usageError(command, `'dv ${command.name}' does not take '${operands[max]}'`)
}

function unknownOption(command: Command, table: OptionTable, raw: string): DvError {
  const shown = Object.entries(table).filter(([, spec]) => !spec.hidden)
  const near = raw.startsWith('--')
    ? nearest(
        raw.slice(2),
        shown.map(([name]) => name),
      )[0]
    : undefined
  const guess = near === undefined ? '' : `; did you mean '--${near}'?`
  return usageError(command, `Unknown option '${raw}'${guess}`, {
    option: raw,
    ...(near ? { nearest: `--${near}` } : {}),
  })
}

/** A mistake in how the command was typed, with its usage. */
export function usageError(command: Pick<Command, 'name' | 'usage'>, message: string, data = {}): DvError {
  const usage = command.usage.map((line) => `dv ${command.name} ${line}`.trimEnd()).join('\n       ')
  return new DvError('DV_USAGE', message, { data, hint: `usage: ${usage}\nsee 'dv help ${command.name}'` })
}
