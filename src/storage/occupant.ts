// Whether a store may be made at a place: nothing may lie there that is not dv's.
import fs from 'node:fs'
import { fromSystemError, systemCode } from '../base/index.js'
import type { StoreLocation } from './location.js'
import type { OpenStorageOptions } from './open.js'
import { retry } from './patience.js'

/** The name of something that lies there, whatever it is; undefined when nothing does, or there is no such folder. What an
 * interrupted first push left in a folder does not count. */
export async function findOccupant(
  location: StoreLocation,
  options: OpenStorageOptions = {},
): Promise<string | undefined> {
  switch (location.kind) {
    case 'directory':
      return readFolder(location.path).find((name) => name !== 'tmp')
    case 's3': {
      const { findKey } = await import('./s3/index.js')
      if (options.rehearsal) options.rehearsal.requests++
      return await retry(() => findKey(location, options))
    }
    case 'web':
      return undefined
  }
}

function readFolder(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw fromSystemError(error, 'open', folder)
  }
}
