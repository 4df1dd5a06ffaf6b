// How writers of one server keep out of each other's way: by its conditional writes where it has them, which is asked
// once, before the first write. Rules: spec/13-transfer.md, "Leases"
import { DvError } from '../base/index.js'
import { forward } from './forward.js'
import { leased } from './leased.js'
import type { Storage } from './port.js'
import { probeConditions } from './probe.js'
import { howToSet } from './settings.js'

/** What is known of a server from earlier, and who remembers what is learned. */
export interface ServerMemory {
  /** Whether it enforces conditions; undefined: nobody has asked it. */
  readonly enforces: boolean | undefined
  learned(enforces: boolean): void
}

export interface WriteOptions {
  /** The setting `writes` of the remote. */
  writes?: string | undefined
  memory?: ServerMemory | undefined
  /** The store's name as a remote, for hints. */
  remote?: string | undefined
}

/** Chooses at the first write. Throws DV_BAD_CONFIG at once. */
export function safeWrites(storage: Storage, options: WriteOptions): Storage {
  const { writes } = options
  if (writes !== undefined && !/^(conditional|lease)$/.test(writes)) throw badSetting(writes)
  let chosen: Promise<Storage> | undefined
  const writing = () => (chosen ??= choose(storage, options).catch(startAgain))
  function startAgain(error: unknown): never {
    chosen = undefined
    throw error
  }
  return {
    ...forward(storage),
    put: async (name, bytes) => await (await writing()).put(name, bytes),
    putFile: async (name, path) => await (await writing()).putFile(name, path),
    compareAndSwap: async (name, expected, bytes) =>
      await (await writing()).compareAndSwap(name, expected, bytes),
  }
}

async function choose(storage: Storage, { writes, memory, remote }: WriteOptions): Promise<Storage> {
  if (writes === 'lease') return leased(storage)
  const enforces = memory?.enforces ?? (await probeConditions(storage))
  if (enforces !== memory?.enforces) memory?.learned(enforces)
  if (enforces) return storage
  if (writes === 'conditional') throw unsafe(storage, remote)
  return leased(storage)
}

function unsafe({ properties: { location } }: Storage, remote: string | undefined): DvError {
  const message = `The server of '${location}' ignores conditional writes: writers could undo each other's work`
  return new DvError('DV_NO_CONDITIONAL_WRITES', message, {
    data: { location },
    hint: `where nothing but dv writes, writers can take turns; ${howToSet('writes', 'lease', remote)}`,
  })
}

function badSetting(value: string): DvError {
  return new DvError('DV_BAD_CONFIG', `'${value}' cannot be the setting 'writes' of a remote`, {
    data: { key: 'writes', value },
    hint: "it is 'conditional' or 'lease'",
  })
}
