// What a server really does, rather than what it accepts: some take a condition and ignore it. Asked with objects below
// `probe/`, which are removed. What each answer is for: spec/13-transfer.md, "What a server must do"
import { isDvError, randomHex, sameBytes, utf8 } from '../base/index.js'
import { retry } from './patience.js'
import type { Storage } from './port.js'
import { isTransient } from './transient.js'

export const SERVER_CHECKS = [
  'conditional-create',
  'conditional-replace',
  'conditional-race',
  'ranges',
  'read-after-write',
  'list-after-write',
  'list-after-delete',
  'clock',
] as const
export type ServerCheck = (typeof SERVER_CHECKS)[number]

export interface CheckedServer {
  check: ServerCheck
  ok: boolean
  /** What it did, in a few words. */
  found: string
}

const RACERS = 8
const RACES = 2
/** Requests signed with a clock further off are refused by Amazon. */
const CLOCK_MS_MAX = 10 * 60_000

/** Whether conditional writes hold: four requests. `storage` makes one request a swap, as adapters do. */
export async function probeConditions(storage: Storage): Promise<boolean> {
  const place = `probe/${randomHex(16)}`
  try {
    const { create, replace } = await tryConditions(storage, place)
    return create && replace
  } finally {
    await storage.delete(place)
  }
}

/** All of it, some 40 requests. */
export async function probeServer(storage: Storage, clock: () => number): Promise<CheckedServer[]> {
  const folder = `probe/${randomHex(16)}`
  const names = ['condition', 'race', 'object'].map((name) => `${folder}/${name}`)
  try {
    const [condition = '', race = '', object = ''] = names
    const { create, replace } = await tryConditions(storage, condition)
    return [
      enforced('conditional-create', create),
      enforced('conditional-replace', replace),
      await tryRaces(storage, race, create && replace),
      ...(await tryObject(storage, object)),
      ...(await tryListing(storage, object)),
      await tryClock(storage, `${folder}/clock`, clock),
    ]
  } finally {
    for (const name of [...names, `${folder}/clock`]) await storage.delete(name)
  }
}

function enforced(check: ServerCheck, ok: boolean): CheckedServer {
  return { check, ok, found: ok ? 'enforced' : 'ignored' }
}

async function tryConditions(storage: Storage, name: string) {
  // Asked again where the answer was lost: that the object is there by then changes nothing.
  const swap = (expected: string | undefined, text: string) =>
    retry(() => storage.compareAndSwap(name, expected, utf8(text)))
  await swap(undefined, 'first')
  const again = await swap(undefined, 'again')
  const other = await swap(OTHER_VERSION, 'other')
  return { create: again === undefined, replace: other === undefined }
}

/** An ETag that no object has. */
const OTHER_VERSION = '"00000000000000000000000000000000"'

/** Some servers look first, and then write. */
async function tryRaces(storage: Storage, name: string, enforces: boolean): Promise<CheckedServer> {
  const check = 'conditional-race'
  if (!enforces) return { check, ok: false, found: 'not tried' }
  let version: string | undefined
  for (let race = 0; race < RACES; race++) {
    const racer = (i: number) => storage.compareAndSwap(name, version, utf8(`${race} ${i}`))
    const versions = await Promise.all(Array.from({ length: RACERS }, (_, i) => racer(i).catch(unanswered)))
    const winners = versions.filter((one) => one !== undefined && one !== UNANSWERED)
    if (winners.length > 1) return { check, ok: false, found: `${winners.length} of ${RACERS} writers won` }
    if (winners.length === 0) break
    version = winners[0]
  }
  return { check, ok: true, found: 'one writer wins' }
}

const UNANSWERED = 'unanswered'

/** Whether it won is not known: the next race has another start, or none. */
function unanswered(error: unknown): string {
  if (isTransient(error)) return UNANSWERED
  throw error
}

async function tryObject(storage: Storage, name: string): Promise<CheckedServer[]> {
  const bytes = utf8('0123456789')
  await storage.put(name, bytes)
  const whole = await storage.get(name)
  const range = await storage.get(name, { offset: 3, length: 4 }).catch(rangeIgnored)
  return [
    answer('ranges', range !== undefined && sameBytes(range, bytes.subarray(3, 7)), ['served', 'ignored']),
    answer('read-after-write', sameBytes(whole, bytes), ['at once', 'something else']),
  ]
}

function rangeIgnored(error: unknown): undefined {
  if (!isDvError(error)) throw error
}

async function tryListing(storage: Storage, name: string): Promise<CheckedServer[]> {
  const after = await lists(storage, name)
  await storage.delete(name)
  const gone = !(await lists(storage, name))
  return [
    answer('list-after-write', after, ['at once', 'late']),
    answer('list-after-delete', gone, ['at once', 'late']),
  ]
}

async function lists(storage: Storage, wanted: string): Promise<boolean> {
  for await (const { name } of storage.list(wanted)) if (name === wanted) return true
  return false
}

/** By the time it gives a new object. */
async function tryClock(storage: Storage, name: string, clock: () => number): Promise<CheckedServer> {
  const check = 'clock'
  await storage.put(name, utf8('now'))
  for await (const { modified } of storage.list(name)) {
    if (modified === undefined) break
    const seconds = Math.round((modified - clock()) / 1000)
    const side = seconds < 0 ? 'behind' : 'ahead'
    const ok = Math.abs(seconds * 1000) <= CLOCK_MS_MAX
    return { check, ok, found: Math.abs(seconds) <= 2 ? 'same' : `${Math.abs(seconds)} s ${side}` }
  }
  return { check, ok: true, found: 'not told' }
}

function answer(check: ServerCheck, ok: boolean, [yes, no]: readonly [string, string]): CheckedServer {
  return { check, ok, found: ok ? yes : no }
}
