// The changes of a checkout, and whether a working directory may hold what they lead to.
import { assertNoCollisions, checkPathBelow, checkTreePath, createShapeCheck, HERE } from '../files/index.js'
import type { Change } from '../manifest/index.js'
import type { WorkTree } from './tree.js'

/** A list of changes that can be read more than once: it is never held in memory. */
export type ChangeSource = () => AsyncIterable<readonly Change[]>

/** The changes, as they are checked: refuses what no file system may or can be made to hold, so that a caller finds out
 * before anything is touched. Throws DV_UNSAFE_PATH, DV_UNREPRESENTABLE_PATH or, at the end, DV_PATH_COLLISION. */
export async function* checkedChanges(
  tree: WorkTree,
  changes: ChangeSource,
): AsyncGenerator<readonly Change[]> {
  const { caseInsensitive, normalizes } = tree.traits
  const paths: string[] = []
  const checkShape = createShapeCheck()
  for await (const batch of changes()) {
    for (const { path, after } of batch) {
      if (!after) continue
      checkTreePath(path, HERE)
      checkPathBelow(tree.workdir.root, path)
      checkShape(path, after.kind)
      if (caseInsensitive || normalizes) paths.push(path)
    }
    yield batch
  }
  assertNoCollisions(paths, tree.traits)
}
