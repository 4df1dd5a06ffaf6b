// A table that is held against rules, and what of it rules name.
import { DvError, nearest } from '../base/index.js'
import type { LongRun, SqlRow } from '../sql/index.js'
import { type Cell, type CellTable, openCells, unknownColumn } from '../tables/index.js'
import type { About } from './outcome.js'
import type { TablesItem } from './rules.js'
import type { Run, SubjectFile } from './run.js'

export interface Tested {
  run: Run
  item: TablesItem
  file: SubjectFile
  table: CellTable
  about(key: string): About
}

/** The table file as cells. Throws what is wrong with it, by its name in the tree. */
export async function openAt(run: Run, file: Pick<SubjectFile, 'path' | 'entry'>): Promise<CellTable> {
  return openCells(run.db, await run.subject.table(file))
}

export function missingColumn({ path, cells }: CellTable, name: string): DvError {
  return unknownColumn(name, { known: cells.map((one) => one.name), path })
}

/** The named columns. Throws DV_UNKNOWN_COLUMN. */
export function cellsNamed(table: CellTable, names: readonly string[]): Cell[] {
  return names.map((name) => {
    const cell = table.cells.find((one) => one.name === name)
    if (!cell) throw missingColumn(table, name)
    return cell
  })
}

/** Of files that a rule names and the tree has not. */
export async function noSuchFile({ subject }: Run, patterns: readonly string[]): Promise<DvError> {
  const near = nearest(patterns[0]!, await subject.paths())
  return new DvError('DV_UNKNOWN_PATH', `There is no file '${patterns.join("', '")}'`, {
    data: { path: patterns[0], nearest: near },
    ...(near[0] !== undefined && { hint: `did you mean '${near[0]}'?` }),
  })
}

/** A statement that goes through the whole file tells how far it is. */
export function workOn(
  { signal, onProgress }: Run,
  { path, entry }: Pick<SubjectFile, 'path' | 'entry'>,
): LongRun {
  const total = entry.size
  const onShare = (share: number) =>
    onProgress?.({ phase: `Checking '${path}'`, done: Math.round(share * total), total, unit: 'bytes' })
  return { signal, onShare }
}

/** Rows of a statement, which may take long. */
export function select({ run, file }: Pick<Tested, 'run' | 'file'>, sql: string): Promise<SqlRow[]> {
  return run.db.run(sql, [], workOn(run, file))
}
