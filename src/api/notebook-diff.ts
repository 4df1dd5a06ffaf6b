// dv diff of a notebook: its cells, what people wrote in them and what came of it.
import {
  type CellChange,
  type CellOutput,
  decodeText,
  diffCells,
  type NotebookCell,
  parseNotebook,
  sameOutputs,
  textHunks,
} from '../diff/index.js'
import type { ComparedFile, ComparedFiles } from './compared-file.js'
import type { CellRecord, CellsRecord, DetailRecord, OutputSummary } from './detail-results.js'
import { toHunk } from './diff-content.js'
import type { DriverOptions, Kind } from './diff-details.js'

export const NOTEBOOK: Kind = {
  takes: (path) => path.toLowerCase().endsWith('.ipynb'),
  driver: notebookDriver,
}

/** Larger ones are compared by their bytes. */
const BYTES_MAX = 64 * 1024 * 1024

/** Undefined where one of both is no notebook. */
async function notebookDriver(
  { before, after }: ComparedFiles,
  { path, summary, context }: DriverOptions,
): Promise<AsyncIterable<DetailRecord> | undefined> {
  const [a, b] = [await notebookOf(before), await notebookOf(after)]
  if (!a || !b) return undefined
  const { changes, unchanged } = diffCells(a, b)
  const kernels = { ...(a.kernel && { before: a.kernel }), ...(b.kernel && { after: b.kernel }) }
  return (async function* (): AsyncGenerator<DetailRecord> {
    yield { type: 'notebook', path, ...(a.kernel !== b.kernel && { kernel: kernels }) }
    const records = changes.map((change) => cellRecord(change, context))
    if (!summary) yield* records
    yield { ...sums(records), unchanged }
  })()
}

async function notebookOf({ size, read }: ComparedFile) {
  if (size > BYTES_MAX) return undefined
  const text = decodeText(await read(0, size), BYTES_MAX)
  return text === undefined ? undefined : parseNotebook(text)
}

function cellRecord({ before, after, moved }: CellChange, context: number): CellRecord {
  const { kind, id } = (after ?? before)!.cell
  const [was, is] = [before?.cell.source ?? '', after?.cell.source ?? '']
  const outputs = outputChanges(before?.cell, after?.cell)
  const { hunks } = textHunks(was, is, { context })
  return {
    ...{ type: 'cell', change: !before ? 'added' : !after ? 'removed' : moved ? 'moved' : 'changed' },
    ...(before && { before: before.place + 1 }),
    ...(after && { after: after.place + 1 }),
    ...{ kind, ...(id !== undefined && { id }) },
    ...(hunks.length > 0 && { source: hunks.map(toHunk) }),
    ...(outputs && { outputs }),
  }
}

function outputChanges(
  before: NotebookCell | undefined,
  after: NotebookCell | undefined,
): CellRecord['outputs'] {
  const [a, b] = [before?.outputs ?? [], after?.outputs ?? []]
  if (sameOutputs(a, b)) return undefined
  return { before: a.map((one, i) => summaryOf(one, b[i])), after: b.map((one, i) => summaryOf(one, a[i])) }
}

function summaryOf({ content, ...shown }: CellOutput, partner: CellOutput | undefined): OutputSummary {
  const isSame = partner?.kind === shown.kind && partner.content === content
  return { ...shown, ...(isSame && { same: true }) }
}

function sums(records: readonly CellRecord[]): Omit<CellsRecord, 'unchanged'> {
  const count = (change: CellRecord['change']) => records.filter((record) => record.change === change).length
  return {
    ...{ type: 'cells', added: count('added'), removed: count('removed') },
    ...{ changed: count('changed'), moved: count('moved') },
  }
}
