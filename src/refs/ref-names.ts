// The names of a store's refs in one object, for readers that cannot list: a web server has files and no listing.
// Format: spec/08-refs.md, "Names for readers that cannot list"
import { corrupt } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import type { Storage, Versioned } from '../storage/index.js'
import { parseRef, refFromKey, refKey, type RefKind, type RefName } from './names.js'

/** The mutable object; no ref has this key. */
export const REF_NAMES = 'refs/names'

// Remote-tracking refs say what one machine saw: nobody reads those of another store.
const SHOWN: readonly RefKind[] = ['heads', 'tags', 'notes']
/** Whoever loses twice was listed by the second winner. */
const ATTEMPTS = 5

/** Whether a change makes or deletes a ref that the object names. */
export function changesRefNames(change: { ref: RefName; expected?: unknown; next?: unknown }): boolean {
  const comesOrGoes = change.expected === undefined || change.next === undefined
  return comesOrGoes && SHOWN.includes(parseRef(change.ref).kind)
}

/** What the object says: refs that may have been deleted since, in no particular order; none when it was never written. */
export async function readRefNames(storage: Storage): Promise<RefName[]> {
  const found = await storage.read(REF_NAMES)
  if (found === undefined) return []
  return keysOf(found.bytes)
    .map(refFromKey)
    .filter((ref) => ref !== undefined)
}

/** Brings the object up to date after refs were made or deleted; `made` are in it even if a listing lags, and so are those of
 * others that were in it and are there still. The refs are set already, so that nothing here fails: what a failure or a kill leaves undone, the next change does. */
export async function refreshRefNames(storage: Storage, made: readonly RefName[] = []): Promise<void> {
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (await tryRefresh(storage, made)) return
  } catch {
    return
  }
}

/** The value is read before the listing: a winner between the two makes the swap fail. */
async function tryRefresh(storage: Storage, made: readonly RefName[]): Promise<boolean> {
  const now = await storage.read(REF_NAMES)
  const listed = (await storage.listMutable('refs/')).filter(isShown)
  const known = new Set([...listed, ...made.map(refKey)])
  for (const key of await stillThere(storage, { now, known })) known.add(key)
  const keys = [...known].sort()
  const bytes = seal({ version: 1, keys })
  if (now !== undefined && bytes.equals(now.bytes)) return true
  return (await storage.compareAndSwap(REF_NAMES, now?.version, bytes)) !== undefined
}

/** Of the keys that the object has and the listing lacks, those whose refs were not deleted. */
async function stillThere(
  storage: Storage,
  { now, known }: { now: Versioned | undefined; known: ReadonlySet<string> },
): Promise<string[]> {
  const named = now ? namedIn(now.bytes).filter((key) => isShown(key) && !known.has(key)) : []
  const values = await Promise.all(named.map((key) => storage.read(key)))
  return named.filter((_, i) => values[i] !== undefined)
}

/** What is damaged names nothing, and is replaced. */
function namedIn(bytes: Uint8Array): string[] {
  try {
    return keysOf(bytes)
  } catch {
    return []
  }
}

function isShown(key: string): boolean {
  const ref = refFromKey(key)
  return ref !== undefined && SHOWN.includes(parseRef(ref).kind)
}

function keysOf(bytes: Uint8Array): string[] {
  const { version, keys } = unseal(bytes, 'list of refs')
  if (version === 1 && Array.isArray(keys) && keys.every((key) => typeof key === 'string')) return keys
  throw corrupt('The list of refs is damaged: its fields make no sense', { name: REF_NAMES })
}
