// Every file of all that a store keeps alive, each leaf of each tree once. Whoever takes something out for good must have
// seen all that may need it: what cannot be read ends the walk.
import { DvError, isDvError } from '../../base/index.js'
import type { Id, ManifestId } from '../../hash/index.js'
import { type PathEntry, surveyManifest } from '../../manifest/index.js'
import { type FileEntry, isFile } from '../../objects/index.js'
import type { Check } from '../check.js'
import { eachCommit } from '../check-objects.js'
import { IdSet } from '../id-set.js'
import type { Roots } from '../roots.js'

export interface Visitor {
  file(file: FileEntry, path: string): Promise<void> | void
  /** Commits, tags, nodes of trees, values. */
  node?(id: Id): void
}

/** Throws DV_CORRUPT when a commit or tree cannot be read, unless it is promised by a remote. */
export async function everyFile(check: Check, roots: Roots, visitor: Visitor): Promise<void> {
  const seen = new IdSet()
  for (const { id } of roots.tags) visitor.node?.(id)
  for await (const { id, commit } of eachCommit(check, roots)) {
    visitor.node?.(id)
    await filesOf(check, commit.manifest, { seen, visitor })
  }
  for (const { id } of roots.manifests) await filesOf(check, id, { seen, visitor })
  const [first] = check.problems.list()
  if (first) throw unknown(check, `${first.object} '${first.name}': ${first.what}`)
}

async function filesOf(
  check: Check,
  manifest: ManifestId,
  { seen, visitor }: { seen: IdSet; visitor: Visitor },
): Promise<void> {
  await surveyManifest(check.store, manifest, {
    enter(id) {
      visitor.node?.(id)
      return seen.add(id)
    },
    leaf: (entries) => visitEntries(check, entries, visitor),
    async damage(_id, error) {
      if (!isDvError(error, 'DV_ABSENT')) throw error
    },
    misplaced: () => {},
    leave: () => {},
  })
}

async function visitEntries(check: Check, entries: readonly PathEntry[], visitor: Visitor): Promise<void> {
  for (const [path, entry] of entries) {
    await check.step()
    if (entry.metadata?.form === 'value') visitor.node?.(entry.metadata.id)
    if (isFile(entry)) await visitor.file(entry, path)
  }
}

function unknown({ store }: Check, what: string): DvError {
  const { location } = store.storage.properties
  return new DvError('DV_CORRUPT', `What the files in '${location}' need cannot be told. ${what}`, {
    data: { location },
    hint: "nothing was removed; 'dv fsck' lists what is damaged, 'dv repair' mends it",
  })
}
