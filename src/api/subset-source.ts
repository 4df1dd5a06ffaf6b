import { DvError } from '../base/index.js'
import { type CommitId, toHex } from '../hash/index.js'
import { isAncestor } from '../history/index.js'
import { type Subset, wheresOf } from '../merge/index.js'
import type { StoreView } from './context.js'
import { short } from './present.js'

/** Throws DV_SUBSET_SOURCE unless `tip` has the commit that a subset was taken from: what else had changed there would
 * count as merged, and never come. */
export async function requireSource(
  { store }: StoreView,
  { source, from }: Subset,
  { tip, what }: { tip: CommitId; what: string },
): Promise<void> {
  if (await isAncestor(store, source, tip)) return
  throw new DvError(
    'DV_SUBSET_SOURCE',
    `${what} is not possible: the commit '${short(source)}' that the subset was taken from is not part of that history`,
    {
      data: { source: toHex(source) },
      hint: `merge the source first: dv merge ${from ?? short(source)}; or make a new subset with 'dv subset create'`,
    },
  )
}

/** Throws DV_SUBSET_SOURCE unless `tip` is of what a subset was taken from: of the same subset, if that is one. Another tree
 * holds what the expression was never asked of. */
export async function requireSameWhole(
  { store }: StoreView,
  { source, from }: Subset,
  { tip, what }: { tip: CommitId; what: string },
): Promise<void> {
  const [wanted, found] = [await wheresOf(store, source), await wheresOf(store, tip)]
  if (wanted.length === found.length && wanted.every((where, i) => where === found[i])) return
  throw new DvError('DV_SUBSET_SOURCE', `${what} is not possible: it is not what the subset was taken from`, {
    data: { source: toHex(source), wanted, found },
    hint:
      from === undefined
        ? 'say where it was taken from: --from REV'
        : `refresh '${from}' first, then from that`,
  })
}
