import { comparePaths } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { diffManifests, type Edit, loadMetadata, lookup, storeMetadata } from '../manifest/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectWriter } from '../store/index.js'

export interface TakeSideOptions {
  /** The tree to settle conflicts in. */
  tree: ManifestId
  /** The side's tree. */
  from: ManifestId
  /** `keys`: only these keys of its metadata are in conflict. */
  conflicts: readonly { path: string; keys?: readonly string[] }[]
}

/** The edits that settle conflicts by one side: each path, and all below it, becomes as that side has it. In the order
 * of paths. */
export async function takeSide(
  writer: ObjectWriter,
  { tree, from, conflicts }: TakeSideOptions,
): Promise<Edit[]> {
  const edits = new Map<string, Entry | undefined>()
  for (const { path, keys } of conflicts) {
    if (keys) {
      const [here, there] = [await lookup(writer, tree, path), await lookup(writer, from, path)]
      if (here && there) edits.set(path, await withKeys(writer, { here, there, keys }))
      continue
    }
    for await (const batch of diffManifests(writer, [tree, from], { prefix: path })) {
      for (const change of batch) edits.set(change.path, change.after)
    }
  }
  return [...edits].sort(([a], [b]) => comparePaths(a, b))
}

async function withKeys(
  writer: ObjectWriter,
  { here, there, keys }: { here: Entry; there: Entry; keys: readonly string[] },
): Promise<Entry> {
  const metadata = new Map(await loadMetadata(writer, here))
  const wanted = await loadMetadata(writer, there)
  for (const key of keys) {
    const value = wanted.get(key)
    if (value === undefined) metadata.delete(key)
    else metadata.set(key, value)
  }
  const stored = await storeMetadata(writer, metadata)
  const { metadata: _, ...bare } = here
  return (stored === undefined ? bare : { ...bare, metadata: stored }) as Entry
}
