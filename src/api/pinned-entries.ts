// What a pin means: the entries of its commit, by their paths below its folder.
import { DvError, isDvError } from '../base/index.js'
import type { Pin } from '../lockfile/index.js'
import { toHex } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import type { PathEntry } from '../manifest/index.js'
import type { StoreView } from './context.js'
import { entriesBelow } from './get-target.js'
import { short } from './present.js'
import { requireIn } from './tree-address.js'

/** In the order of paths, in batches. Throws DV_MISSING_OBJECT when the store no longer has the commit. */
export async function* pinnedEntries(
  view: StoreView,
  pin: Pin,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<readonly PathEntry[]> {
  const { commit, path, where } = pin
  const { manifest } = await commitOfPin(view, pin)
  const place = { view, revision: toHex(commit), manifest, path }
  await requireIn(place)
  for await (const batch of entriesBelow(place, { where, signal })) {
    signal?.throwIfAborted()
    yield batch
  }
}

async function commitOfPin({ store, storage }: StoreView, { name, commit }: Pin) {
  try {
    return await readCommit(store, commit)
  } catch (error) {
    if (!isDvError(error, 'DV_MISSING_OBJECT')) throw error
    const { location } = storage.properties
    throw new DvError(
      'DV_MISSING_OBJECT',
      `The commit '${short(commit)}' that '${name}' is pinned to is not in '${location}' any more`,
      {
        data: { name, commit: toHex(commit), location },
        hint: `'dv update ${name}' pins what its revision means now`,
        cause: error,
      },
    )
  }
}
