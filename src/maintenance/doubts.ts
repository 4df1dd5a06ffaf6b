// Data that a remote promised with all else of it, and that only commits need which no remote was seen to have. It may have
// been made here, and lost: whether the remote has it says its index.
import { isDvError } from '../base/index.js'
import { eachId, type Id, ID_BYTES, idKey, toHex } from '../hash/index.js'
import type { ObjectStore } from '../store/index.js'
import type { Check } from './check.js'

/** Opens a remote, which whoever gave this closes. Throws what keeps it from being asked. */
export type OpenPromiser = (remote: string) => Promise<ObjectStore>

export interface Doubts {
  /** Ids that no remote was found to have. */
  ids: Buffer
  /** Remotes that could not be asked, and for how many items. */
  unasked: { remote: string; message: string; objects: number }[]
}

/** Names as lost what the remotes say they do not have. */
export async function settleDoubts(check: Check, open: OpenPromiser | undefined): Promise<Doubts> {
  const doubts: Doubts = { ids: Buffer.alloc(0), unasked: [] }
  if (!open) return doubts
  for (const kind of ['chunk', 'recipe'] as const) {
    let ids = check.absent.doubtful[kind].takeSorted()
    let isClear = true
    for (const remote of check.absent.lazy) {
      if (ids.length === 0) break
      try {
        ids = await notNamed(await open(remote), ids)
      } catch (error) {
        if (!isDvError(error) || error.code === 'DV_INTERRUPTED') throw error
        isClear = false
        doubts.unasked.push({ remote, message: error.message, objects: ids.length / ID_BYTES })
      }
    }
    doubts.ids = Buffer.concat([doubts.ids, ids])
    if (isClear) for (const id of eachId(ids)) failLost(check, kind, id)
  }
  return doubts
}

function failLost({ problems, lost, absent }: Check, kind: string, id: Id): void {
  const what = `No pack has it, and ${absent.lazy.map((name) => `'${name}'`).join(' and ')} never had it: it was made here`
  lost.set(idKey(id), problems.add({ kind: 'missing', object: kind, name: toHex(id), what }))
}

/** Those of `ids` (ascending, none twice) that a store's index does not name. */
export async function notNamed({ index }: ObjectStore, ids: Buffer): Promise<Buffer> {
  const isNamed = new Uint8Array(ids.length / ID_BYTES)
  for await (const rows of index.lookupMany(ids)) for (const { place } of rows) isNamed[place] = 1
  return Buffer.concat(eachId(ids).filter((_, i) => !isNamed[i]))
}
