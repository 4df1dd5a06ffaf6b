// What a commit changed: its files, and of tables how many rows.
import { type CommitId, toHex } from '../hash/index.js'
import { readCommit, readParent } from '../history/index.js'
import { tableFormat } from '../tables/index.js'
import { diff } from './diff.js'
import { short } from './present.js'
import type { DiffRecord } from './results.js'
import { show } from './show.js'
import type { Stores } from './stores.js'
import { openTableDiff } from './table-diff.js'
import type { Work } from './types.js'

/** Against the first parent, or against nothing. */
export async function* reportOf(
  stores: Stores,
  id: CommitId,
  { signal, onProgress }: Work,
): AsyncGenerator<DiffRecord> {
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  // Paths are those of the tree, wherever one stands.
  const view = { ...stores.here, prefix: '' }
  const commit = await readCommit(view.store, id)
  const [parent] = commit.parents
  const before = parent && (await readParent(view.store, parent))
  const shown = { ...work, content: false, context: 0 }
  if (!parent || !before) {
    for await (const record of show(stores, { ...shown, revision: toHex(id) }))
      if (record.type !== 'commit' && record.type !== 'tag') yield record
    return
  }
  const ends = { from: toHex(parent), to: toHex(id) }
  const names = { before: `${short(parent)}:`, after: `${short(id)}:` }
  const trees = { from: before.manifest, to: commit.manifest, workdir: false, names }
  for await (const record of diff(stores, { ...shown, ...ends, mergeBase: false, paths: [] })) {
    yield record
    if (record.type !== 'change' || record.status !== 'modified' || !tableFormat(record.path)) continue
    const rows = { summary: true, required: false }
    const asked = { ...shown, mergeBase: false, paths: [record.path], rows }
    const table = await openTableDiff(view, trees, asked)
    if (!table) continue
    try {
      if (await table.open(record)) yield* table.records()
    } finally {
      await table.close()
    }
  }
}
