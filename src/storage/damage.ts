// Bytes that prove damaged may be whole where they lie: what is kept of them here may be damaged, or they were on their way.
// So what comes from a server is read once more, past all that is kept; only damage that is there again is the server's.
// Rules: spec/13-transfer.md, "Failures of a remote"
import { DvError, isDvError } from '../base/index.js'
import type { Storage } from './port.js'

/** What `read` makes of the object `name`; once more when that is DV_CORRUPT and a fresh read may be better. `isAgain`:
 * nothing that was read of the object before counts. The second DV_CORRUPT names the place, and is final: whoever reads
 * more than this object does not begin again. */
export async function readSoundly<T>(
  storage: Storage,
  name: string,
  read: (isAgain: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await read(false)
  } catch (error) {
    if (!isDvError(error, 'DV_CORRUPT') || isDamagedThere(error)) throw error
    const wasKept = storage.forget?.(name) ?? false
    if (isNear(storage) && !wasKept) throw error
  }
  try {
    return await read(true)
  } catch (error) {
    if (!isDvError(error, 'DV_CORRUPT') || isNear(storage)) throw error
    throw damagedThere(error, storage)
  }
}

/** Whether a fresh read found the same: reading once more is no use. */
export function isDamagedThere(error: unknown): boolean {
  return isDvError(error) && error.data['final'] === true
}

/** What to type when something in a store is damaged or missing. */
export function damageHint(storage: Storage): string {
  return isNear(storage)
    ? "run 'dv fsck' to list what is damaged"
    : "run 'dv fsck' in the repository it came from, or fetch from another remote"
}

function isNear({ properties }: Storage): boolean {
  return properties.localRoot !== undefined
}

function damagedThere(error: DvError, storage: Storage): DvError {
  const { location } = storage.properties
  const isNamed = error.data['location'] === location
  return new DvError(
    'DV_CORRUPT',
    isNamed ? error.message : `The copy at '${location}' is damaged: ${error.message}`,
    {
      data: { ...error.data, location, final: true },
      hint: damageHint(storage),
      cause: error.cause ?? error,
    },
  )
}
