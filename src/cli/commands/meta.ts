import type {
  ApplyResult,
  MetaChanged,
  MetaCommitted,
  MetaImported,
  MetaItem,
  MetaSetOptions,
  MetaTarget,
  MetaType,
} from '../api-types.js'
import { usageError } from '../arguments.js'
import type { Context } from '../context.js'
import { type CommandGroup, defineCommand, given } from '../command.js'
import { count } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import { metaText } from '../render/metadata.js'
import { table } from '../render/table.js'
import type { Screen } from '../render/screen.js'
import { readPairs, readTypes, targetOf, toOptions } from '../metadata-options.js'
import { orNothing, whereOption } from '../where-option.js'

const SET_USAGE = [
  ...['[--type K=TYPE] PATHS K=V…', '[--type K=TYPE] K=V… -- PATHS', '--where EXPR K=V…'],
  '--to [REMOTE@]BRANCH -m MSG PATHS K=V…',
]

const set = defineCommand({
  name: 'meta set',
  summary: 'Set metadata of files and directories',
  usage: SET_USAGE,
  description: `
    A path is that file or directory itself, a quoted pattern all files that it matches. What a directory has is
    inherited by all below it. It waits like a changed file until 'dv commit'. Types are inferred: whole and other
    numbers, true and false, dates (2026-01-31, 2026-01-31T12:00Z), lists (["a", "b"]), else text; digits with
    leading zeros stay text. --type says otherwise: string, int64, float64, boolean, date, list. With --to it
    becomes a commit at once, and no working directory is needed: paths are then from the top of the tree.`,
  options: {
    type: { type: 'string', multiple: true, value: 'K=TYPE', describe: 'the type of a value' },
    ...whereOption,
    ...toOptions,
  },
  operands: { min: 1, max: Infinity, complete: 'file' },
  pathsAfterDashes: true,
  examples: [
    { command: 'dv meta set images/plate7 plate=7 line=AICS-23', what: 'of a directory and all below it' },
    { command: "dv meta set 'images/**/*.tif' stain=DAPI", what: 'of each file that matches' },
    { command: 'dv meta set --type well=string a.tif well=12', what: 'as text, although it is digits' },
    {
      command: 'dv meta set --where "plate = 7 AND extension = \'tif\'" stain=DAPI',
      what: 'of what this means',
    },
    {
      command: "dv meta set --to origin@main -m 'Line of plate 7' images/plate7 line=AICS-23",
      what: 'as a commit of a remote, without a clone',
    },
  ],
  async run({ options, operands, paths }, context) {
    const usage = { name: 'meta set', usage: SET_USAGE }
    const asked = paths ? { paths, pairs: operands } : splitOperands(operands)
    const { where } = options
    if ((asked.paths.length === 0 && where === undefined) || asked.pairs.length === 0)
      throw usageError(usage, "It takes paths, then K=V; paths with '=' stand behind '--'")
    const { set: values, types } = {
      set: readPairs(asked.pairs, usage),
      types: readTypes(options.type, usage),
    }
    const change = { paths: asked.paths, set: values, types, unset: [], ...given({ where }) }
    return await setOrCommit(context, change, targetOf(options, usage))
  },
  render: (changed, screen) => renderChanged(changed, screen),
})

/** K=V at the end, paths before them. */
function splitOperands(operands: readonly string[]): { paths: string[]; pairs: string[] } {
  const last = operands.findLastIndex((operand) => !operand.includes('='))
  return { paths: operands.slice(0, last + 1), pairs: operands.slice(last + 1) }
}

/** What waits for a commit, or with a target is one. */
async function setOrCommit(
  { api, repository, work }: Context,
  change: MetaSetOptions,
  to: MetaTarget | undefined,
): Promise<MetaChanged | MetaCommitted> {
  if (to) return (await api()).metadata.set({ ...work, ...change, to })
  return (await repository()).setMetadata({ ...work, ...change })
}

const UNSET_USAGE = ['-k KEY… PATHS', '-k KEY… --where EXPR']

const unset = defineCommand({
  name: 'meta unset',
  summary: 'Take metadata away',
  usage: UNSET_USAGE,
  options: {
    key: { type: 'string', short: 'k', multiple: true, value: 'KEY', describe: 'what to take away' },
    ...whereOption,
    ...toOptions,
  },
  operands: { max: Infinity, complete: 'file' },
  examples: [{ command: 'dv meta unset -k stain images/a.tif', what: 'this file has no stain of its own' }],
  async run({ options, operands }, context) {
    const usage = { name: 'meta unset', usage: UNSET_USAGE }
    const { key, where } = options
    if (key.length === 0) throw usageError(usage, 'Which metadata? It takes -k KEY')
    if (operands.length === 0 && where === undefined) throw usageError(usage, 'Of what? It takes paths')
    const change = { paths: operands, set: {}, types: {}, unset: key, ...given({ where }) }
    return await setOrCommit(context, change, targetOf(options, usage))
  },
  render: (changed, screen) => renderChanged(changed, screen),
})

function renderChanged(
  { paths, changed, settled, types, applied }: MetaChanged & { applied?: ApplyResult },
  screen: Screen,
): void {
  const named = Object.entries(types).map(([name, type]: [string, MetaType]) => safe(`${name}: ${type}`))
  const how = named.length > 0 ? ` (${named.join(', ')})` : ''
  const same = paths > changed ? `, ${count(paths - changed, 'path')} as before` : ''
  if (paths === 0) screen.note('Nothing is what the expression means')
  else screen.note(`Metadata of ${count(changed, 'path')} changed${same}${how}`)
  renderSettled(settled, screen)
  if (applied) renderCommitted(applied, screen)
  else if (changed > 0) screen.hint("'dv commit -m MESSAGE' records it, 'dv undo' takes it back")
}

function renderCommitted({ commit, branch, remote, retries, dryRun }: ApplyResult, screen: Screen): void {
  const where = `${remote ? `${safe(remote.name || remote.url)}@` : ''}${safe(branch)}`
  const made = commit ? screen.style.yellow(safe(commit.short)) : dryRun ? 'dry run' : 'no commit'
  const again = retries > 0 ? ', on top of what others did meanwhile' : ''
  screen.note(`[${screen.style.bold(where)} ${made}${again}]`)
}

function renderSettled(settled: number | undefined, screen: Screen): void {
  if (settled) screen.note(`Settles ${count(settled, 'conflict')} of the merge`)
}

const GET_USAGE = ['[--at REV] [-k KEY…] [--where EXPR] PATHS', '--commit REV']

const get = defineCommand({
  name: 'meta get',
  summary: 'Show metadata of paths or a commit',
  usage: GET_USAGE,
  description: `
    Shows what a path has itself and what it inherits, and from where; of a pattern only files that have any.
    Without --at as it will be committed. --at and --commit also take a revision of another store: REPO@REV.`,
  options: {
    at: { type: 'string', value: 'REV', describe: 'as committed there', complete: 'revision' },
    key: { type: 'string', short: 'k', multiple: true, value: 'KEY', describe: 'only this; may be repeated' },
    ...whereOption,
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
  async run({ options, operands }, { reader, work, say }) {
    const usage = { name: 'meta get', usage: GET_USAGE }
    const { where } = options
    if ((options.commit === undefined) === (operands.length === 0 && where === undefined))
      throw usageError(usage, 'It takes either paths or --commit REV')
    const fixed = { ...work, paths: operands, keys: options.key }
    const open = await reader()
    const asked = { ...fixed, ...given({ at: options.at, commit: options.commit, where }) }
    return orNothing(open.getMetadata(asked), where, say)
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
    const from = Object.hasOwn(inherited, name) ? `  (from ${screen.path(inherited[name]!)}/)` : ''
    screen.line(`  ${safe(name)} = ${metaText(value)}${screen.style.dim(from)}`)
  }
  if (names.length === 0) screen.line('  no metadata')
}

const IMPORT_USAGE = ['[OPTIONS] --path-column COLUMN FILE', '[OPTIONS] --path TEMPLATE FILE']

const load = defineCommand({
  name: 'meta import',
  summary: 'Set metadata from a table',
  usage: IMPORT_USAGE,
  description: `
    FILE is CSV, TSV or JSON Lines in UTF-8, or Parquet, '-' standard input: a row for each path, a column for
    each name. Types are inferred for whole columns, of Parquet those it has, and told; an empty cell leaves a
    name as it is. A column whose values are of several types is text. Nothing changes when a row names a path
    that is not there. With --to it becomes a commit at once, and no working directory is needed: paths are then
    from the top of the tree.`,
  options: {
    'path-column': { type: 'string', value: 'COLUMN', describe: 'the column that has the paths' },
    path: {
      type: 'string',
      value: 'TEMPLATE',
      describe: "paths made of columns: 'images/{plate}/{well}.tif'",
    },
    column: { type: 'string', multiple: true, value: 'COLUMN', describe: 'only this one; may be repeated' },
    type: { type: 'string', multiple: true, value: 'K=TYPE', describe: 'the type of a column' },
    null: { type: 'string', multiple: true, value: 'TEXT', describe: "what means no value: 'NA'" },
    format: {
      type: 'string',
      value: 'FORMAT',
      describe: 'csv, tsv, jsonl or parquet, when the name does not tell',
    },
    delimiter: { type: 'string', value: 'CHAR', describe: 'what stands between cells' },
    'allow-missing': { type: 'flag', describe: 'pass over rows whose paths are not there' },
    'dry-run': { type: 'flag', short: 'n', describe: 'only tell what would be set' },
    ...toOptions,
  },
  operands: { min: 1, max: 1, complete: 'file' },
  examples: [
    { command: 'dv meta import --path-column file labels.csv', what: 'a column has the paths' },
    {
      command: "dv meta import --path 'images/{plate}/{well}.tif' plates.csv --type well=string",
      what: 'two columns make the path',
    },
    { command: 'dv meta import -n --path-column file --null NA labels.csv', what: 'see the types first' },
    {
      command: "dv meta import --to origin@main -m 'Labels' --path-column file labels.csv",
      what: 'as a commit of a remote, without a clone',
    },
  ],
  async run({ options, operands }, { api, repository, work, io }) {
    const usage = { name: 'meta import', usage: IMPORT_USAGE }
    const { format, delimiter, path: template, 'path-column': column } = options
    if ((template === undefined) === (column === undefined))
      throw usageError(usage, 'Which paths? It takes either --path-column or --path')
    if (format !== undefined && !isFormat(format))
      throw usageError(usage, `'${format}' is no format: there are ${FORMATS.join(', ')}`)
    const file = operands[0] ?? ''
    const to = targetOf(options, usage)
    const asked = {
      ...work,
      ...{ file, columns: options.column, nulls: options.null, types: readTypes(options.type, usage) },
      path: column === undefined ? { template: template! } : { column },
      ...{ allowMissing: options['allow-missing'], dryRun: options['dry-run'] },
      ...given({ format, delimiter, input: file === '-' ? await io.stdin() : undefined }),
    }
    const done: MetaImported & { applied?: ApplyResult } = to
      ? await (await api()).metadata.import({ ...asked, to })
      : await (await repository()).importMetadata(asked)
    return done
  },
  render(result, screen) {
    const { rows, changed, settled, missing, columns, warnings, dryRun, applied } = result
    for (const warning of warnings) screen.warn(safe(warning))
    for (const line of table(
      columns.map((one) => [safe(one.name), safe(one.type), count(one.values, 'value')]),
    ))
      screen.note(`  ${line}`)
    const would = dryRun ? 'would change' : 'changed'
    screen.note(`${count(rows, 'row')}: metadata of ${count(changed, 'path')} ${would}`)
    if (missing.count > 0)
      screen.note(`${count(missing.count, 'row')} passed over: ${missing.examples.map(safe).join(', ')}`)
    renderSettled(settled, screen)
    if (applied) renderCommitted(applied, screen)
    else if (changed > 0 && !dryRun) screen.hint("'dv commit -m MESSAGE' records it, 'dv undo' takes it back")
  },
})

const EXPORT_USAGE = ['[--at REV] [--format FORMAT] [--effective] [PATHS]']

const save = defineCommand({
  name: 'meta export',
  summary: 'Print metadata as a table',
  usage: EXPORT_USAGE,
  description: `
    A row for each path that has metadata, as 'dv meta import' reads it. Without --at as it will be committed. CSV
    has no types; JSON Lines keep them, Parquet one for each column.`,
  options: {
    at: { type: 'string', value: 'REV', describe: 'as committed there: [REPO@]REV', complete: 'revision' },
    format: { type: 'string', value: 'FORMAT', describe: 'csv (the default), jsonl or parquet' },
    effective: { type: 'flag', describe: 'with what paths inherit from directories' },
    'path-column': { type: 'string', value: 'NAME', describe: "the column of the paths (default 'path')" },
  },
  operands: { max: Infinity, complete: 'file' },
  examples: [
    { command: 'dv meta export --effective images > images.csv', what: 'a table for a data frame' },
    {
      command: 'dv meta export --at v1 --format jsonl > v1.jsonl',
      what: 'with types, to be imported elsewhere',
    },
  ],
  async run({ options, operands }, { reader, work, global }) {
    const format = options.format ?? 'csv'
    const usage = { name: 'meta export', usage: EXPORT_USAGE }
    if (format !== 'csv' && format !== 'jsonl' && format !== 'parquet')
      throw usageError(usage, `'${format}' is no format: csv, jsonl or parquet`)
    if (format === 'parquet' && global.json)
      throw usageError(usage, 'Parquet is no text that --json could hold')
    const open = await reader()
    const fixed = { ...work, format, paths: operands, effective: options.effective } as const
    return open.exportMetadata({
      ...fixed,
      pathColumn: options['path-column'] ?? 'path',
      ...given({ at: options.at }),
    })
  },
  json: (bytes) => asDocument(bytes),
  async render(bytes, screen) {
    for await (const part of bytes) await screen.bytes(part)
  },
})

async function* asDocument(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<{ content: string }> {
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  yield { content: Buffer.concat(parts).toString('utf8') }
}

const FORMATS = ['csv', 'tsv', 'jsonl', 'parquet'] as const

function isFormat(text: string): text is (typeof FORMATS)[number] {
  return FORMATS.includes(text as (typeof FORMATS)[number])
}

export const meta: CommandGroup = {
  name: 'meta',
  summary: 'Say what files are: metadata',
  commands: [set, get, unset, load, save],
}
