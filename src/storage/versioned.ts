// Mutable names on servers: the object NAME holds a version file, and one conditional write makes the next. Every version
// has bytes, and so an ETag, of its own, and a writer whose answer was lost knows its version again by the nonce.
// Format and the table of what can happen: spec/09-layout.md, "On a server"
import { DvError, isDvError, randomHex } from '../base/index.js'
import { forward } from './forward.js'
import { checkName } from './names.js'
import { Patience, type RetryOptions } from './patience.js'
import type { Storage, Versioned } from './port.js'
import { mendOnServer } from './server-damage.js'
import { isTransient } from './transient.js'
import { decodeVersion, encodeVersion, followUp, nonceAt, type Version } from './version-file.js'

/** A version as it lies on the server, and the server's name for these bytes. */
interface Present {
  version: Version
  etag: string
}

/** Makes true compare-and-swap of a storage that replaces plain bytes on condition, one request each, and never deletes
 * a mutable name. */
export function versioned(storage: Storage, options: RetryOptions = {}): Storage {
  return {
    ...forward(storage),
    async read(name): Promise<Versioned | undefined> {
      const present = await readPresent(storage, name)
      const bytes = present?.version.bytes
      return bytes && { bytes, version: token(present) }
    },
    async compareAndSwap(name, expected, bytes) {
      checkName(name)
      if (expected !== undefined) {
        const base = parseToken(expected)
        return base && (await replace({ storage, name, options, base }, bytes))
      }
      // A deletion may lie there, to be followed.
      const present = await readPresent(storage, name)
      if (present?.version.bytes) return undefined
      if (bytes === undefined) return NOTHING
      return await replace({ storage, name, options, ...(present && { base: present }) }, bytes)
    },
    async listMutable(prefix, options = {}) {
      const names = await storage.listMutable(prefix)
      if (options.maybeDeleted) return names
      const there = await Promise.all(names.map((name) => hasValue(storage, name)))
      return names.filter((_, i) => there[i])
    },
    mendValue: (name, guess) => mendOnServer(storage, name, guess),
  }
}

interface Place {
  storage: Storage
  name: string
  options: RetryOptions
  /** What is to be replaced; undefined: nothing may be there. */
  base?: Present
}

async function replace(place: Place, bytes: Uint8Array | undefined): Promise<string | undefined> {
  const own = followUp(place.base?.version, randomHex(16), bytes)
  const etag = await settle(place, own)
  return etag === undefined ? undefined : own.bytes ? token({ version: own, etag }) : NOTHING
}

/** Writes `own`, or finds out that it was written, or that it was not and never will be. Returns the server's name for
 * it ('' when a newer version is there), undefined when another writer took its place. What must hold: the same bytes
 * are sent each time, on a condition that holds at most once; so a request that comes late changes nothing. */
async function settle(place: Place, own: Version): Promise<string | undefined> {
  const patience = new Patience(place.options)
  const file = encodeVersion(own)
  let unclear: DvError | undefined
  for (;;) {
    let failure: DvError | undefined
    try {
      const etag = await place.storage.compareAndSwap(place.name, place.base?.etag, file)
      if (etag !== undefined) return etag
    } catch (error) {
      if (!isTransient(error)) throw error
      failure = error
      if (error.data['notSent'] !== true) unclear = error
    }
    try {
      const present = await readPresent(place.storage, place.name)
      const outcome = judge(present, own)
      if (outcome === 'landed') return present?.version.nonce === own.nonce ? present.etag : ''
      // Refused, and nothing was sent before that could have done it; or another version stands where `own` would.
      if (outcome === 'lost' || !(failure ?? unclear)) return undefined
      if (outcome === 'unknown' && unclear) throw uncertain(place, 'others have changed it many times since')
      await patience.after(failure ?? unclear)
    } catch (error) {
      if (unclear === undefined || isDvError(error, 'DV_UNCERTAIN')) throw error
      throw uncertain(place, 'it does not answer any more', error)
    }
  }
}

/** What the present version says of `own`, which was to take the place of the version before it. */
function judge(present: Present | undefined, own: Version): 'landed' | 'lost' | 'open' | 'unknown' {
  // Not there yet; or an old answer, by a server that does not show at once what was written.
  if (present === undefined || present.version.n < own.n) return 'open'
  const nonce = nonceAt(present.version, own.n)
  if (nonce === undefined) return 'unknown'
  return own.nonce.startsWith(nonce) ? 'landed' : 'lost'
}

async function readPresent(storage: Storage, name: string): Promise<Present | undefined> {
  for (let tries = 1; ; tries++) {
    const found = await storage.read(name)
    if (found === undefined) return undefined
    try {
      return { version: decodeVersion(found.bytes, name), etag: found.version }
    } catch (error) {
      // Damaged on its way, perhaps.
      if (tries === 3) throw error
    }
  }
}

/** A damaged value is one: it must not hide the names beside it. */
async function hasValue(storage: Storage, name: string): Promise<boolean> {
  try {
    return (await readPresent(storage, name))?.version.bytes !== undefined
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return true
    throw error
  }
}

/** The version of what does not exist: no swap ever expects it. */
const NOTHING = 'none'

/** All that the next version says of this one: who swaps need not read it again. */
function token({ version, etag }: Present): string {
  const { n, nonce, previous, before } = version
  return JSON.stringify({ n, nonce, previous, before, etag })
}

function parseToken(text: string): Present | undefined {
  if (!text.startsWith('{')) return undefined
  const { etag, ...version } = JSON.parse(text) as Version & { etag: string }
  // Overtaken already: whatever is there now is something else.
  return etag === '' ? undefined : { version, etag }
}

function uncertain({ name, storage }: Place, why: string, cause?: unknown): DvError {
  const { location } = storage.properties
  const message = `The answer to a change of '${name}' in '${location}' was lost, and whether it took place cannot be told: ${why}`
  return new DvError('DV_UNCERTAIN', message, {
    data: { name, location },
    hint: 'repeat the command: it finds out first what is there',
    cause,
  })
}
