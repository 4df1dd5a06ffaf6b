// What was purged on either side does not travel. Format: spec/18-purge.md, "Writer must".
import type { ObjectStore, Purged } from '../store/index.js'

export interface PurgeRule {
  /** Contents that are left out. */
  purged: Pick<Purged, 'has'>
  /** The source may have in its packs, beside what is wanted, what the target may not have. */
  onlyWanted: boolean
}

export async function purgeRule(source: ObjectStore, target: ObjectStore): Promise<PurgeRule> {
  const [here, there] = [await source.purged(), await target.purged()]
  const known = new Set((await source.index.root()).purged)
  const { purged: records } = await target.index.root()
  return {
    purged: { has: (content) => here.has(content) || there.has(content) },
    onlyWanted: records.some((name) => !known.has(name)),
  }
}
