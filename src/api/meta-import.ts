// dv meta import: metadata from a table. Its rows are held against the tree and the working directory, and wait as one edit.
// Nothing changes before all is well.
import path from 'node:path'
import type { PathEdit, PathRow } from '../metadata/index.js'
import { decodeMetadata } from '../objects/index.js'
import { type Context, withLock } from './context.js'
import { changePending, recordedTree } from './meta.js'
import type { MetaImported } from './meta-results.js'
import { presentRows } from './meta-rows.js'
import { type ImportedTable, withTable } from './meta-table.js'
import type { MetaImportOptions } from './meta-types.js'
import { newFilesOf } from './new-files.js'

export function importMetadata(context: Context, options: MetaImportOptions): Promise<MetaImported> {
  const { surroundings, prefix, workdir } = context
  const place = { cwd: surroundings.cwd, prefix, temporary: path.join(workdir.dvDir, 'tmp') }
  return withTable(place, options, (table) => withLock(context, () => record(context, table, options)))
}

async function record(
  context: Context,
  { rows, count, columns, warnings }: ImportedTable,
  options: MetaImportOptions,
): Promise<MetaImported> {
  const tree = await recordedTree(context)
  const missing: MetaImported['missing'] = { count: 0, examples: [] }
  const within = { reader: context.store, tree, newFiles: newFilesOf(context, tree, options.signal) }
  const present = presentRows(rows.sorted(), within, { ...options, missing, count })
  const edits = async function* () {
    for await (const batch of present) yield batch.map(editOf)
  }
  const args = ['import', options.file]
  const done = await changePending(context, { tree, edits: edits(), args, dryRun: options.dryRun })
  return {
    ...{ rows: count, paths: count - missing.count, ...done, missing },
    ...{ columns, warnings, dryRun: options.dryRun },
  }
}

/** Its values are only decoded where they meet others. */
function editOf({ path, metadata }: PathRow): PathEdit {
  return {
    path,
    get set() {
      return decodeMetadata(metadata, 'row of a table')
    },
    unset: [],
    ...(metadata[0] !== NO_VALUES && { encoded: metadata }),
  }
}

/** What the encoding of an empty map begins with. */
const NO_VALUES = 0
