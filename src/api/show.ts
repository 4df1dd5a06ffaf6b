// dv show: a commit, the annotated tag that led to it, and what it changed against its first parent.
import { DvError } from '../base/index.js'
import { idKey, toHex } from '../hash/index.js'
import { isAddress, readCommit, readParent } from '../history/index.js'
import { summarize } from '../manifest/index.js'
import { shortRefName } from '../refs/index.js'
import { notesOf } from './check-notes.js'
import { treeRecords } from './diff-trees.js'
import { refLabels } from './labels.js'
import { commitInfo, short } from './present.js'
import { resolve } from './revisions.js'
import type { ShowRecord } from './results.js'
import type { Stores } from './stores.js'
import { tagInfo } from './tags.js'
import type { ShowOptions } from './types.js'

export async function* show(stores: Stores, options: ShowOptions): AsyncGenerator<ShowRecord> {
  const { view, revisions } = await stores.meant(options.revision)
  refuseAddress(revisions)
  const { commit: id, ref, tag } = await resolve(view, revisions)
  if (ref !== undefined && tag) {
    yield { type: 'tag', tag: await tagInfo(view, shortRefName(ref), { target: id, tag }) }
  }
  const commit = await readCommit(view.store, id)
  const labels = await refLabels(view)
  const { entries, bytes } = await summarize(view.store, commit.manifest)
  const checks = await (await notesOf(view))(id)
  yield {
    type: 'commit',
    commit: commitInfo(id, commit, labels.get(idKey(id))),
    total: { files: entries, bytes },
    ...(checks.length > 0 && { checks }),
  }
  const [parent] = commit.parents
  const before = parent && (await readParent(view.store, parent))
  const from = parent && before ? { name: short(parent), commit: toHex(parent) } : { name: 'nothing' }
  yield { type: 'diff', from, to: { name: options.revision, commit: toHex(id) } }
  const trees = [before?.manifest, commit.manifest] as const
  yield* treeRecords(view, trees, { ...options, scope: {} })
}

function refuseAddress(text: string): void {
  if (!isAddress(text)) return
  throw new DvError('DV_BAD_REVISION', `'${text}' names a file, not a commit`, {
    data: { revision: text },
    hint: `type: dv cat ${text}`,
  })
}
