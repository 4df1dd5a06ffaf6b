// Values on a server whose version file is damaged: only repair looks at them. Like all values there they change by
// compare-and-swap, so that whoever was faster is not written over. Rules: spec/19-repair.md, "Records"
import { isDvError, randomHex, withOneBitBack } from '../base/index.js'
import type { MendedValue, Storage } from './port.js'
import { decodeVersion, encodeVersion } from './version-file.js'

/** Puts the present value right by one bit, else sets it to `guess`, and keeps the damaged one. Undefined: it is not
 * damaged, nothing helps, or another writer was faster. `storage`: the server, as it is. */
export async function mendOnServer(
  storage: Storage,
  name: string,
  guess?: Uint8Array,
): Promise<MendedValue | undefined> {
  const found = await storage.read(name)
  if (!found || isVersion(found.bytes)) return undefined
  const right = withOneBitBack(found.bytes, isVersion)
  const next =
    right ?? (guess && encodeVersion({ n: numberAfter(found.bytes), nonce: randomHex(16), bytes: guess }))
  if (!next) return undefined
  const aside = `damaged/${name}@${randomHex(4)}`
  if (!right) await storage.put(aside, found.bytes)
  if ((await storage.compareAndSwap(name, found.version, next)) === undefined) return undefined
  return right ? { outcome: 'mended' } : { outcome: 'replaced', aside }
}

function isVersion(bytes: Uint8Array): boolean {
  try {
    decodeVersion(bytes, '')
    return true
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return false
    throw error
  }
}

/** As far as the header can still be read. */
function numberAfter(bytes: Uint8Array): number {
  const [, n] =
    /^\{"version":1,"n":(\d{1,12}),/.exec(Buffer.from(bytes.subarray(0, 64)).toString('latin1')) ?? []
  return Number(n ?? 0) + 1
}
