// What a store may lack because a remote has it: absence that is known, so that no reader takes it for damage.
// Format: spec/09-layout.md, "Promises".
import { corrupt, DvError } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { type Id, toHex } from '../hash/index.js'
import { type ItemKind, packKey } from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import { changeRecord } from './change-record.js'
import type { LostItems } from './lost-items.js'

export const PROMISES_KEY = 'promises'

/** What one remote has, so that it need not be here. */
export interface Promised {
  /** Chunks and recipe nodes of all commits that came from it. */
  lazy: boolean
  /** Packs that the index names and that are not here, or need not be. */
  away: ReadonlySet<string>
  /** Commits in hex that are named as parents here: history ends before them. */
  commits: ReadonlySet<string>
}

/** By the remote's name. */
export type Promises = ReadonlyMap<string, Promised>

export const NOTHING_PROMISED: Promised = { lazy: false, away: new Set(), commits: new Set() }

/** Whether anything may be absent. */
export function isPartial(promises: Promises): boolean {
  return [...promises.values()].some((promised) => !isNothing(promised))
}

export async function readPromises(storage: Storage): Promise<Promises> {
  return decode((await storage.read(PROMISES_KEY))?.bytes)
}

/** Changes the promises by compare-and-swap, again after every lost race. `change` returns the same map to leave them. */
export function changePromises(
  storage: Storage,
  change: (promises: Promises) => Promises,
): Promise<Promises> {
  const kind = { key: PROMISES_KEY, what: 'record of promises', decode, encode: encodePromises }
  return changeRecord(storage, kind, change)
}

/** The promises of one remote changed, those of others as they are. */
export function withPromised(
  promises: Promises,
  remote: string,
  change: (promised: Promised) => Promised,
): Promises {
  return new Map(promises).set(remote, change(promises.get(remote) ?? NOTHING_PROMISED))
}

export function encodePromises(promises: Promises): Buffer {
  const remotes = [...promises]
    .filter(([, promised]) => !isNothing(promised))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { lazy, away, commits }]) => [
      name,
      { lazy, away: [...away].sort(), commits: [...commits].sort() },
    ])
  return seal({ format: 1, remotes: Object.fromEntries(remotes) as object })
}

export function decodePromises(bytes: Uint8Array): Promises {
  const { format, remotes } = unseal(bytes, 'record of promises')
  if (format !== 1 || !isRecord(remotes)) throw corrupt('The record of promises is not one')
  return new Map(
    Object.entries(remotes).map(([name, promised]) => {
      if (!isRecord(promised)) throw corrupt('The record of promises is not one')
      const { lazy, away, commits } = promised
      if (typeof lazy !== 'boolean' || !areHex(away, 32) || !areHex(commits, 64))
        throw corrupt('The record of promises is not one')
      return [name, { lazy, away: new Set(away), commits: new Set(commits) }]
    }),
  )
}

/** The packs that the index names and that are not here. One that came back is here, whatever the record says. */
export async function packsAway(storage: Storage, promises: Promises): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (const { away } of promises.values())
    for (const name of away) if ((await storage.size(packKey(name))) === undefined) names.add(name)
  return names
}

/** The remote that has an item which is not here, or not in the packs it is said to be in. What is `lost` no remote has: it
 * was made here, or the remote lost it too. */
export function promiserOf(
  promises: Promises,
  { kind, id, packs }: { kind: ItemKind; id: Id; packs: readonly string[] },
  lost: Pick<LostItems, 'has'>,
): string | undefined {
  if (lost.has(id)) return undefined
  for (const [name, { lazy, away, commits }] of promises) {
    if (packs.some((pack) => away.has(pack))) return name
    if (packs.length > 0) continue
    if (lazy && (kind === 'chunk' || kind === 'recipe')) return name
    if (kind === 'commit' && commits.has(toHex(id))) return name
  }
  return undefined
}

/** Why a pack that the index names is not there, when a remote has what was in it. */
export async function absentPack(storage: Storage, pack: string): Promise<DvError | undefined> {
  for (const [remote, { away }] of await readPromises(storage)) {
    if (!away.has(pack)) continue
    return new DvError(
      'DV_ABSENT',
      `Data that is wanted was dropped from the store at '${storage.properties.location}': its remote '${remote}' has it`,
      { data: { pack, remote }, hint: `ask '${remote}' for it, or bring it back there: dv checkout --full` },
    )
  }
  return undefined
}

export function absent(kind: ItemKind, id: Id, remote: string): DvError {
  const isCommit = kind === 'commit'
  return new DvError(
    'DV_ABSENT',
    isCommit
      ? `The history before here is not in this store: remote '${remote}' has it (commit '${toHex(id)}')`
      : `Data that is wanted is not in this store: remote '${remote}' has it (${kind} '${toHex(id)}')`,
    {
      data: { id: toHex(id), kind, remote },
      hint: isCommit
        ? `'dv fetch --unshallow ${remote}' brings all of it, '--deepen N' so many commits`
        : `'dv checkout --add PATHS' brings files; '${remote}' must be in reach`,
    },
  )
}

function decode(bytes: Uint8Array | undefined): Promises {
  return bytes ? decodePromises(bytes) : new Map<string, Promised>()
}

function isNothing({ lazy, away, commits }: Promised): boolean {
  return !lazy && away.size === 0 && commits.size === 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function areHex(value: unknown, digits: number): value is string[] {
  return (
    Array.isArray(value) &&
    value.every((item) => typeof item === 'string' && item.length === digits && /^[0-9a-f]+$/.test(item))
  )
}
