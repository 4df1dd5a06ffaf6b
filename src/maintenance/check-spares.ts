// Files of a store in a folder that hold what its readers do not need: versions that others followed, plain copies.
import { damagedSpares } from '../storage/index.js'
import type { Check } from './check.js'

/** Nobody needs them to read the store, but a disk that damages them damages more. */
export function checkSpares({ store, problems }: Check): void {
  const folder = store.storage.properties.localRoot
  if (folder === undefined) return
  for (const { name, n } of damagedSpares(folder)) {
    const [object, what] =
      n === undefined
        ? ['copy', 'The plain copy for static web servers is damaged; the value itself is whole']
        : ['old version', `Its version ${n} is damaged; a later one is in its place`]
    problems.add({ kind: 'damaged', object, name, what })
  }
}
