// Rows of metadata in the order of paths, held against what is there.
import { DvError, type OnProgress } from '../base/index.js'
import type { PathRow } from '../metadata/index.js'
import { Presence, type PresenceOptions } from './meta-presence.js'
import type { MetaImported } from './meta-results.js'
import type { MetaImportOptions } from './meta-types.js'

export type RowsOptions = Pick<MetaImportOptions, 'allowMissing' | 'signal' | 'onProgress'> & {
  /** Is told of rows whose paths are not there. */
  missing: MetaImported['missing']
  /** How many rows there are. */
  count: number
}

/** Those whose paths are there. Throws DV_BAD_TABLE for a path that two rows have; and once all were looked at, so that all
 * are known, DV_NO_MATCH if any is missing and may not be. */
export async function* presentRows(
  rows: AsyncIterable<readonly PathRow[]>,
  within: PresenceOptions,
  { allowMissing, signal, onProgress, missing, count }: RowsOptions,
): AsyncGenerator<PathRow[]> {
  const presence = new Presence(within)
  Object.assign(missing, { count: 0, examples: [] })
  let last: PathRow | undefined
  let done = 0
  try {
    for await (const batch of rows) {
      signal?.throwIfAborted()
      for (const row of batch) {
        if (row.path === last?.path) throw twice(last, row)
        last = row
      }
      const are = await presence.of(batch.map((row) => row.path))
      yield batch.filter((_, i) => are[i])
      for (const [i, row] of batch.entries()) if (!are[i]) note(missing, row.path)
      report(onProgress, (done += batch.length), count)
    }
  } finally {
    await presence.close()
  }
  if (missing.count > 0 && !allowMissing) throw noMatch(missing, count, within)
}

const EXAMPLES = 10

function note(missing: MetaImported['missing'], path: string): void {
  missing.count++
  if (missing.examples.length < EXAMPLES) missing.examples.push(path)
}

function report(onProgress: OnProgress | undefined, done: number, total: number): void {
  onProgress?.({ phase: 'metadata', done, total, unit: 'files' })
}

function twice(first: PathRow, second: PathRow): DvError {
  return new DvError(
    'DV_BAD_TABLE',
    `Line ${second.line}: '${second.path}' stands on line ${first.line} already`,
    {
      data: { line: second.line, path: second.path, first: first.line },
      hint: 'nothing was changed; a path may have one row',
    },
  )
}

function noMatch(
  missing: MetaImported['missing'],
  count: number,
  { tree, newFiles }: PresenceOptions,
): DvError {
  const examples = missing.examples.slice(0, 3).map((one) => `'${one}'`)
  const what =
    missing.count === count
      ? `None of the ${count} rows names`
      : `${missing.count} of ${count} rows do not name`
  return new DvError('DV_NO_MATCH', `${what} a path that is there: ${examples.join(', ')}`, {
    data: { missing: missing.count, matched: count - missing.count, examples: missing.examples },
    hint:
      missing.count === count && tree
        ? `nothing was changed; paths are ${newFiles ? 'relative to where you are' : 'from the top of the tree'}: see 'dv ls', or build them with --path`
        : "nothing was changed; '--allow-missing' passes over these rows",
  })
}
