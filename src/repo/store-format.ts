// The first thing read of any store: which format it has, and what a program must know to use it.
// Format: spec/09-layout.md, "dv.json"
import { corrupt, DvError, isDvError, randomHex } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { readSoundly, type Storage } from '../storage/index.js'

export const STORE_FORMAT = 1
export const STORE_FORMAT_NAME = 'dv.json'
/** Features beyond format 1 that this version knows, and may meet in a store's lists. */
const KNOWN_FEATURES = new Set<string>()
const CHUNK_AVERAGE_MIN = 64
const CHUNK_AVERAGE_MAX = 16 * 1024 * 1024

/** What a program is about to do with a store. Each needs the features of those before it as well. */
export const PURPOSES = ['read', 'write', 'gc'] as const
export type Purpose = (typeof PURPOSES)[number]

export interface StoreFormat {
  format: number
  /** 32 hex digits, random: the same in no two stores. */
  id: string
  /** How files are cut; the same in all stores that exchange data. */
  chunker: { avg: number }
  /** Features a program must know in order to read, write or collect. */
  features: Record<Purpose, readonly string[]>
  /** Milliseconds since 1970 UTC. */
  created: number
}

/** Makes an empty storage a store. Throws DV_ALREADY_EXISTS when it is one, also when another process was faster. */
export async function createStoreFormat(
  storage: Storage,
  options: { avg: number; now: number },
): Promise<StoreFormat> {
  const format: StoreFormat = {
    format: STORE_FORMAT,
    id: randomHex(16),
    chunker: { avg: options.avg },
    features: { read: [], write: [], gc: [] },
    created: options.now,
  }
  if (!isAverage(options.avg))
    throw new DvError('DV_USAGE', `'${options.avg}' cannot be the average size of a chunk`)
  await storage.put(STORE_FORMAT_NAME, encodeStoreFormat(format))
  const stored = await readStoreFormat(storage)
  if (stored.id === format.id) return format
  const { location } = storage.properties
  throw new DvError('DV_ALREADY_EXISTS', `There is a store in '${location}' already`, { data: { location } })
}

/** Reads what a store is. Throws DV_NO_STORE, DV_CORRUPT, or DV_NEWER_FORMAT when this version cannot do what
 * `purpose` says with it. */
export async function readStoreFormat(storage: Storage, purpose: Purpose = 'read'): Promise<StoreFormat> {
  const { location } = storage.properties
  const format = await readSoundly(storage, STORE_FORMAT_NAME, async () =>
    decodeStoreFormat(await storeFormatBytes(storage), location),
  )
  checkFeatures(format, purpose, location)
  return format
}

async function storeFormatBytes(storage: Storage): Promise<Uint8Array> {
  const { location } = storage.properties
  try {
    return await storage.get(STORE_FORMAT_NAME)
  } catch (error) {
    // A web server may show a page of its own in the place of what is not there.
    if (!isDvError(error, 'DV_NOT_FOUND') && !isDvError(error, 'DV_BAD_ANSWER')) throw error
    const { hint = "check the address; of a repository's own store 'dv repair' makes the record anew" } =
      error
    const why = isDvError(error, 'DV_BAD_ANSWER') ? `: ${error.message}` : ''
    throw new DvError('DV_NO_STORE', `There is no store in '${location}'${why}`, {
      hint,
      data: { location },
      cause: error,
    })
  }
}

export function encodeStoreFormat(format: StoreFormat): Buffer {
  return seal(format)
}

/** Throws DV_NEWER_FORMAT for a later format before it looks at anything else in the record. */
export function decodeStoreFormat(bytes: Uint8Array, location: string): StoreFormat {
  const record = unseal(bytes, `format record of the store '${location}'`)
  if (typeof record.format === 'number' && record.format > STORE_FORMAT) {
    throw newer(location, `format ${record.format}`, `formats up to ${STORE_FORMAT}`)
  }
  const { format, id, chunker, features, created } = record as Partial<Record<keyof StoreFormat, unknown>>
  const avg = (chunker as { avg?: unknown } | undefined)?.avg
  const lists = features as Record<Purpose, unknown> | undefined
  const sound =
    format === STORE_FORMAT &&
    typeof id === 'string' &&
    /^[0-9a-f]{32}$/.test(id) &&
    isAverage(avg) &&
    Number.isSafeInteger(created) &&
    PURPOSES.every((purpose) => isListOfNames(lists?.[purpose]))
  if (!sound) throw corrupt(`The format record of the store '${location}' makes no sense`, { location })
  return {
    format,
    id,
    chunker: { avg },
    features: lists as unknown as StoreFormat['features'],
    created: created as number,
  }
}

/** Throws DV_NEWER_FORMAT when this version lacks a feature that `purpose` needs. */
export function checkFeatures(format: StoreFormat, purpose: Purpose, location: string): void {
  const needed = PURPOSES.slice(0, PURPOSES.indexOf(purpose) + 1).flatMap((one) => format.features[one])
  const missing = needed.filter((feature) => !KNOWN_FEATURES.has(feature))
  if (missing.length === 0) return
  const known = KNOWN_FEATURES.size === 0 ? 'none' : [...KNOWN_FEATURES].join(', ')
  throw newer(location, `'${missing.join("', '")}' to ${purpose}`, `of such features ${known}`)
}

function newer(location: string, needs: string, has: string): DvError {
  return new DvError(
    'DV_NEWER_FORMAT',
    `The store '${location}' needs ${needs}, this version of dv has ${has}`,
    {
      hint: 'install a newer dv: npm install -g dv-data@latest',
      data: { location, needs, has },
    },
  )
}

function isAverage(value: unknown): value is number {
  return (
    Number.isSafeInteger(value) &&
    (value as number) >= CHUNK_AVERAGE_MIN &&
    (value as number) <= CHUNK_AVERAGE_MAX
  )
}

function isListOfNames(value: unknown): boolean {
  return (
    Array.isArray(value) && value.every((name) => typeof name === 'string' && /^[a-z0-9-]{1,64}$/.test(name))
  )
}
