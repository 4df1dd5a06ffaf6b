// dv meta --where: the recorded entries that an expression means, with the metadata they will be committed with.
import {
  entryRow,
  type Expression,
  isTrue,
  metadataKeys,
  parseExpression,
  unknownKey,
} from '../expression/index.js'
import type { ManifestId } from '../hash/index.js'
import { type Described, describeEntries } from '../metadata/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'

export interface DescribedWhere {
  where: string
  tree: ManifestId | undefined
  pending: ManifestId | undefined
  signal: AbortSignal | undefined
}

/** In the order of paths. Throws DV_BAD_EXPRESSION, and at the end DV_UNKNOWN_COLUMN when no entry has a key that the
 * expression names, what waits to be committed counting. */
export async function* describedWhere(
  reader: ObjectReader,
  { where, tree, pending, signal }: DescribedWhere,
): AsyncGenerator<Described & { entry: Entry }> {
  const expression = parseExpression(where)
  const known = new Set<string>()
  let entries = 0
  for await (const found of describeEntries(reader, { tree, pending })) {
    signal?.throwIfAborted()
    const { path, entry, own, effective } = found
    for (const key of own.keys()) known.add(key)
    if (!entry) continue
    entries++
    if (isTrue(expression, entryRow(path, entry, effective))) yield { ...found, entry }
  }
  if (entries > 0) refuseUnknown(expression, { known, expression: where, entries })
}

function refuseUnknown(
  expression: Expression,
  found: { known: ReadonlySet<string>; expression: string; entries: number },
): void {
  const key = metadataKeys(expression).find((name) => !found.known.has(name))
  if (key !== undefined) throw unknownKey(key, found)
}
