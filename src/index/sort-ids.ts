// Ids that lie one after the other, put in order as numbers that join the first bits of an id and its place: ten times as
// fast as comparing ids. Only where those bits agree are whole ids compared.
import { ID_BYTES } from '../hash/index.js'

/** The places of ids in ascending order of the ids; `byTie` orders places of equal ones. */
export function orderOfIds(
  ids: Buffer,
  byTie: (a: number, b: number) => number = (a, b) => a - b,
): Uint32Array {
  const count = ids.length / ID_BYTES
  const places = 2 ** Math.ceil(Math.log2(Math.max(1, count)))
  const drop = Math.max(0, Math.log2(places) - (53 - 32))
  const keys = new Float64Array(count)
  for (let i = 0; i < count; i++) keys[i] = (ids.readUInt32BE(i * ID_BYTES) >>> drop) * places + i
  keys.sort()
  const order = Uint32Array.from(keys, (key) => key % places)
  const prefix = (i: number) => Math.floor(keys[i]! / places)
  const byId = (a: number, b: number) => compareAt(ids, a, b) || byTie(a, b)
  for (let from = 0; from < count;) {
    let to = from + 1
    while (to < count && prefix(to) === prefix(from)) to++
    if (to - from > 1) order.subarray(from, to).sort(byId)
    from = to
  }
  return order
}

/** The same ids in ascending order, none twice. */
export function sortedIds(ids: Buffer): Buffer {
  const sorted = Buffer.allocUnsafe(ids.length)
  let length = 0
  let before = -1
  for (const place of orderOfIds(ids)) {
    if (before >= 0 && compareAt(ids, before, place) === 0) continue
    sorted.set(ids.subarray(place * ID_BYTES, (place + 1) * ID_BYTES), length)
    length += ID_BYTES
    before = place
  }
  return sorted.subarray(0, length)
}

function compareAt(ids: Buffer, a: number, b: number): number {
  return ids.compare(ids, b * ID_BYTES, (b + 1) * ID_BYTES, a * ID_BYTES, (a + 1) * ID_BYTES)
}
