// Folders `tmp` beside a store or a cache: what one process writes there for itself, and what killed ones left.
import path from 'node:path'
import { systemCode, unusedHex } from '../base/index.js'
import { sweepTemporaryFiles } from '../storage/index.js'

/** What was left behind a day ago or more; nobody alive writes to one file for that long. */
const ABANDONED_MS = 24 * 60 * 60 * 1000

/** A name in `parent`'s folder `tmp` that nobody has; nothing is made. Whoever needs such a folder clears away what others left. */
export function scratchPath(parent: string, what: string): string {
  sweepAbandoned(parent)
  return path.join(parent, 'tmp', `${what}-${unusedHex()}`)
}

/** Housekeeping on the way: where it fails, nothing is lost. */
export function sweepAbandoned(parent: string): void {
  try {
    sweepTemporaryFiles(parent, Date.now() - ABANDONED_MS)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
