// dv meta export: metadata as a table, at a revision or as it will be committed.
import { utf8 } from '../base/index.js'
import { describeEntries, toCsv, toJsonLines, type WrittenRow } from '../metadata/index.js'
import { metadataPlace } from './meta-get.js'
import type { MetaExportOptions } from './meta-types.js'
import { parquetBytes } from './meta-parquet.js'
import { pathScope, requirePaths } from './pathspec.js'
import { tablePlaces } from './query-places.js'
import type { Stores } from './stores.js'

/** The bytes of the table. */
export async function* exportMetadata(
  stores: Stores,
  options: MetaExportOptions,
): AsyncGenerator<Uint8Array> {
  const { view, tree, edits, isWorkdir } = await metadataPlace(stores, options)
  const { paths, format, effective, pathColumn, signal } = options
  await requirePaths(view, paths, { manifests: [tree], workdir: isWorkdir })
  const { filter, prefix } = pathScope(view, paths)
  const rows = async function* (): AsyncGenerator<WrittenRow[]> {
    let batch: WrittenRow[] = []
    for await (const found of describeEntries(view.store, {
      ...{ tree, pending: edits },
      ...(prefix !== undefined && { prefix }),
    })) {
      const metadata = effective ? found.effective : found.own
      if (metadata.size === 0 || (filter && !filter.matches(found.path))) continue
      batch.push({ path: found.path, metadata })
      if (batch.length < BATCH) continue
      signal?.throwIfAborted()
      yield batch
      batch = []
    }
    yield batch
  }
  if (format === 'parquet') {
    const { temporary } = await tablePlaces(stores, view)
    return yield* parquetBytes({ rows, pathColumn, temporary })
  }
  const texts = format === 'csv' ? toCsv(rows, pathColumn) : toJsonLines(rows(), pathColumn)
  for await (const text of texts) yield utf8(text)
}

const BATCH = 1024
