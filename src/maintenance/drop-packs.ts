// Packs that a remote holds leave a store. Order: the promise, so that nobody takes their absence for damage; their
// footers as segments of their own, so that the index goes on naming what is in them; the packs. A crash in between
// leaves packs that are promised and here, which the next drop finds.
import { randomHex } from '../base/index.js'
import { changeRoot, type SegmentRef } from '../index/index.js'
import { packKey } from '../pack/index.js'
import { changePromises, type ObjectStore, withPromised } from '../store/index.js'

export interface DropOrder {
  /** The remote that holds them. */
  remote: string
  packs: readonly string[]
  /** Asked once the promise is written: false stops it, and the packs stay. */
  isHeld: () => Promise<boolean>
}

/** Returns whether they went. */
export async function dropPacks(store: ObjectStore, { remote, packs, isHeld }: DropOrder): Promise<boolean> {
  if (packs.length === 0) return true
  const { storage } = store
  await changePromises(storage, (now) =>
    withPromised(now, remote, (old) => ({ ...old, away: new Set([...old.away, ...packs]) })),
  )
  if (!(await isHeld())) {
    await takeBack(store, remote, packs)
    return false
  }
  await moveFooters(store, new Set(packs.map(packKey)))
  for (const name of packs) await storage.delete(packKey(name))
  await store.index.refresh()
  return true
}

async function takeBack({ storage }: ObjectStore, remote: string, packs: readonly string[]): Promise<void> {
  const stay = new Set(packs)
  await changePromises(storage, (now) =>
    withPromised(now, remote, (old) => ({
      ...old,
      away: new Set([...old.away].filter((name) => !stay.has(name))),
    })),
  )
}

/** What was learned of the store while it had these packs is void: the generation grows. */
async function moveFooters({ storage, index }: ObjectStore, keys: ReadonlySet<string>): Promise<void> {
  let copies = new Map<string, SegmentRef>()
  let since: number | undefined
  for (;;) {
    await index.refresh()
    const { segments, generation } = await index.root()
    // A collector may have taken copies, which nothing named, for garbage.
    if (generation !== since) copies = new Map()
    since = generation
    for (const ref of segments) {
      if (!keys.has(ref.key) || copies.has(ref.key)) continue
      const key = `segments/${randomHex(16)}`
      await storage.put(key, await storage.get(ref.key, { offset: ref.offset, length: ref.length }))
      copies.set(ref.key, { ...ref, key, offset: 0 })
    }
    const changed = await changeRoot(storage, (root) => {
      if (root.generation !== since) return undefined
      if (root.segments.some(({ key }) => keys.has(key) && !copies.has(key))) return undefined
      const next = root.segments.map((ref) => copies.get(ref.key) ?? ref)
      return { ...root, generation: root.generation + 1, segments: next }
    })
    if (changed) return
  }
}
