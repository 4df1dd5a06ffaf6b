import type { MetaChanged, MetaItem, MetaType } from '../api-types.js'
import { usageError } from '../arguments.js'
import { type CommandGroup, defineCommand, given } from '../command.js'
import { count } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import { metaText } from '../render/metadata.js'
import type { Screen } from '../render/screen.js'
import { readPairs, readTypes } from '../metadata-options.js'

const SET_USAGE = ['[--type K=TYPE] PATHS K=V…', '[--type K=TYPE] K=V… -- PATHS']

const set = defineCommand({
  name: 'meta set',
  summary: 'Set metadata of files and directories',
  usage: SET_USAGE,
  description: `
    A path is that file or directory itself, a quoted pattern all files that it matches. What a directory has is
    inherited by all below it. It waits like a changed file until 'dv commit'. Types are inferred: whole and other
    numbers, true and false, dates (2026-01-31, 2026-01-31T12:00Z), lists (["a", "b"]), else text; digits with
    leading zeros stay text. --type says otherwise: string, int64, float64, boolean, date, list.`,
  options: {
    type: { type: 'string', multiple: true, value: 'K=TYPE', describe: 'the type of a value' },
  },
  operands: { min: 1, max: Infinity, complete: 'file' },
  pathsAfterDashes: true,
  examples: [
    { command: 'dv meta set images/plate7 plate=7 line=AICS-23', what: 'of a directory and all below it' },
    { command: "dv meta set 'images/**/*.tif' stain=DAPI", what: 'of each file that matches' },
    { command: 'dv meta set --type well=string a.tif well=12', what: 'as text, although it is digits' },
  ],
  async run({ options, operands, paths }, { repository, work }) {
    const usage = { name: 'meta set', usage: SET_USAGE }
    const asked = paths ? { paths, pairs: operands } : splitOperands(operands)
    if (asked.paths.length === 0 || asked.pairs.length === 0)
      throw usageError(usage, "It takes paths, then K=V; paths with '=' stand behind '--'")
    const { set: values, types } = {
      set: readPairs(asked.pairs, usage),
      types: readTypes(options.type, usage),
    }
    const open = await repository()
    return await open.setMetadata({ ...work, paths: asked.paths, set: values, types, unset: [] })
  },
  render: (changed, screen) => renderChanged(changed, screen),
})

/** K=V at the end, paths before them. */
function splitOperands(operands: readonly string[]): { paths: string[]; pairs: string[] } {
  const last = operands.findLastIndex((operand) => !operand.includes('='))
  return { paths: operands.slice(0, last + 1), pairs: operands.slice(last + 1) }
}

const unset = defineCommand({
  name: 'meta unset',
  summary: 'Take metadata away',
  usage: ['-k KEY… PATHS'],
  options: {
    key: { type: 'string', short: 'k', multiple: true, value: 'KEY', describe: 'what to take away' },
  },
  operands: { min: 1, max: Infinity, complete: 'file' },
  examples: [{ command: 'dv meta unset -k stain images/a.tif', what: 'this file has no stain of its own' }],
  async run({ options, operands }, { repository, work }) {
    if (options.key.length === 0)
      throw usageError({ name: 'meta unset', usage: ['-k KEY… PATHS'] }, 'Which metadata? It takes -k KEY')
    const open = await repository()
    return await open.setMetadata({ ...work, paths: operands, set: {}, types: {}, unset: options.key })
  },
  render: (changed, screen) => renderChanged(changed, screen),
})

function renderChanged({ paths, changed, types }: MetaChanged, screen: Screen): void {
  const named = Object.entries(types).map(([name, type]: [string, MetaType]) => safe(`${name}: ${type}`))
  const how = named.length > 0 ? ` (${named.join(', ')})` : ''
  const same = paths > changed ? `, ${count(paths - changed, 'path')} as before` : ''
  screen.note(`Metadata of ${count(changed, 'path')} changed${same}${how}`)
  if (changed > 0) screen.hint("'dv commit -m MESSAGE' records it, 'dv undo' takes it back")
}

const get = defineCommand({
  name: 'meta get',
  summary: 'Show metadata of files, directories or a commit',
  usage: ['[--at REV] [-k KEY…] PATHS', '--commit REV'],
  description: `
    Shows what a path has itself and what it inherits, and from where; of a pattern only files that have any.
    Without --at as it will be committed. --at and --commit also take a revision of another store: REPO@REV.`,
  options: {
    at: { type: 'string', value: 'REV', describe: 'as committed there', complete: 'revision' },
    key: { type: 'string', short: 'k', multiple: true, value: 'KEY', describe: 'only this; may be repeated' },
    commit: {
      type: 'string',
      value: 'REV',
      describe: 'the metadata of a commit itself',
      complete: 'revision',
    },
  },
  operands: { max: Infinity, complete: 'file' },
  examples: [
    { command: 'dv meta get images/plate7/A01.tif', what: 'all that is said of a file' },
    { command: "dv meta get -k stain --at v1 '**'", what: 'the stain of all files at v1' },
    { command: 'dv meta get --commit HEAD', what: "what was given with 'dv commit --meta'" },
  ],
  async run({ options, operands }, { reader, work }) {
    const usage = { name: 'meta get', usage: ['[--at REV] [-k KEY…] PATHS', '--commit REV'] }
    if ((options.commit === undefined) === (operands.length === 0))
      throw usageError(usage, 'It takes either paths or --commit REV')
    const fixed = { ...work, paths: operands, keys: options.key }
    const open = await reader()
    return open.getMetadata({ ...fixed, ...given({ at: options.at, commit: options.commit }) })
  },
  async render(items, screen) {
    for await (const item of items) {
      renderItem(item, screen)
      await screen.breathe()
    }
  },
})

function renderItem({ path, commit, metadata, inherited }: MetaItem, screen: Screen): void {
  screen.line(screen.style.bold(commit === undefined ? screen.path(path ?? '') : safe(commit)))
  const names = Object.entries(metadata)
  for (const [name, value] of names) {
    const from = inherited[name] === undefined ? '' : `  (from ${screen.path(inherited[name])}/)`
    screen.line(`  ${safe(name)} = ${metaText(value)}${screen.style.dim(from)}`)
  }
  if (names.length === 0) screen.line('  no metadata')
}

export const meta: CommandGroup = {
  name: 'meta',
  summary: 'Say what files are: metadata',
  commands: [set, get, unset],
}
