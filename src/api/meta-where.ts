// dv meta --where: the recorded entries that an expression means, with the metadata they will be committed with.
import { entryRow, isTrue, parseExpression } from '../expression/index.js'
import type { ManifestId } from '../hash/index.js'
import { type Described, describeEntries } from '../metadata/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { entriesWhere } from './where.js'

export interface DescribedWhere {
  where: string
  tree: ManifestId | undefined
  pending: ManifestId | undefined
  signal: AbortSignal | undefined
}

/** In the order of paths. Throws DV_BAD_EXPRESSION, or DV_UNKNOWN_COLUMN as entriesWhere() does when nothing is meant. */
export async function* describedWhere(
  reader: ObjectReader,
  { where, tree, pending, signal }: DescribedWhere,
): AsyncGenerator<Described & { entry: Entry }> {
  const expression = parseExpression(where)
  let isAny = false
  for await (const found of describeEntries(reader, { tree, pending })) {
    signal?.throwIfAborted()
    const { path, entry, effective } = found
    if (!entry || !isTrue(expression, entryRow(path, entry, effective))) continue
    isAny = true
    yield { ...found, entry }
  }
  // A key that only waits to be committed is known, whatever the recorded tree has.
  if (!isAny && tree && !pending) await entriesWhere(reader, tree, { where, signal }).next()
}
