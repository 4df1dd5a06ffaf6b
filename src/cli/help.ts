// Help is made from the same tables that parse: it cannot fall behind them.
import {
  type Command,
  type CommandGroup,
  GLOBAL_OPTIONS,
  type OptionSpec,
  type OptionTable,
} from './command.js'
import { SECTIONS, type Section, VERBS } from './registry.js'
import type { Screen } from './render/screen.js'
import { table } from './render/table.js'

/** `dv help`: all verbs. */
export function overview(screen: Screen): void {
  const { bold, cyan } = screen.style
  screen.line(`${bold('dv')}: git for data`)
  screen.line()
  screen.line('usage: dv VERB [OPTIONS] …')
  for (const [section, title] of Object.entries(SECTIONS) as [Section, string][]) {
    const verbs = [...VERBS].filter(([, verb]) => verb.section === section)
    screen.line()
    screen.line(bold(title))
    const rows = verbs.map(([name, verb]) => [name.padEnd(12), verb.summary])
    for (const line of table(rows, [], (cell, i) => (i === 0 ? cyan(cell) : cell))) screen.line(`  ${line}`)
  }
  screen.line()
  screen.line("'dv help VERB' shows options and examples of one, and what its exit status means.")
}

/** `dv help VERB`. */
export function commandHelp(command: Command, screen: Screen): void {
  const { bold } = screen.style
  screen.line(`${bold(`dv ${command.name}`)}: ${command.summary}`)
  screen.line()
  command.usage.forEach((line, i) =>
    screen.line(`${i === 0 ? 'usage:' : '      '} ${`dv ${command.name} ${line}`.trimEnd()}`),
  )
  if (command.description) {
    screen.line()
    for (const line of command.description.trim().split('\n')) screen.line(line.trim())
  }
  optionBlock('Options', command.options, screen)
  optionBlock('Everywhere', GLOBAL_OPTIONS, screen)
  screen.line()
  screen.line(bold('Examples'))
  for (const { command: line, what } of command.examples) {
    screen.line(`  ${screen.style.cyan(line)}`)
    screen.line(`      ${what}`)
  }
  exitBlock(screen)
}

/** `dv help GROUP`, of a verb with sub-verbs. */
export function groupHelp(group: CommandGroup, screen: Screen): void {
  const { bold, cyan } = screen.style
  screen.line(`${bold(`dv ${group.name}`)}: ${group.summary}`)
  screen.line()
  const rows = group.commands.flatMap((command) =>
    command.usage.map((usage, i) => [
      `dv ${command.name} ${usage}`.trimEnd(),
      i === 0 ? command.summary : '',
    ]),
  )
  for (const line of table(rows, [], (cell, i) => (i === 0 ? cyan(cell) : cell))) screen.line(`  ${line}`)
  screen.line()
  screen.line(bold('Examples'))
  for (const { command, what } of group.commands.flatMap((one) => one.examples)) {
    screen.line(`  ${cyan(command)}`)
    screen.line(`      ${what}`)
  }
  screen.line()
  screen.line(`'dv ${group.name} SUB-VERB --help' shows the options of one.`)
}

function optionBlock(title: string, options: OptionTable, screen: Screen): void {
  const shown = Object.entries(options).filter(([, spec]) => !spec.hidden)
  if (shown.length === 0) return
  screen.line()
  screen.line(screen.style.bold(title))
  const rows = shown.map(([name, spec]) => [optionName(name, spec), spec.describe])
  for (const line of table(rows, [], (cell, i) => (i === 0 ? screen.style.cyan(cell) : cell)))
    screen.line(`  ${line}`)
}

function optionName(name: string, spec: OptionSpec): string {
  const value = spec.type === 'flag' ? '' : ` ${spec.value ?? 'VALUE'}`
  return `${spec.short ? `-${spec.short}, ` : '    '}--${name}${value}`
}

const EXITS: [status: string, meaning: string][] = [
  ['0', 'done'],
  ['1', 'failed'],
  ['2', 'typed wrongly'],
  ['3', 'conflict, a check that failed, or differences with --exit-code'],
  ['10', 'no repository here'],
  ['11', 'locked by another process'],
  ['12', 'damaged data'],
  ['130', 'interrupted'],
  ['255', 'a bug in dv'],
]

function exitBlock(screen: Screen): void {
  screen.line()
  screen.line(screen.style.bold('Exit status'))
  for (const line of table(EXITS, ['right'])) screen.line(`  ${line}`)
}
