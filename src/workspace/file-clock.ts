// The clock of the file system, which stamps files; it may be coarser than ours, and on a network not even ours.
import fs from 'node:fs'
import { fromSystemError } from '../base/index.js'
import { temporaryName } from '../files/index.js'

/** The file system's time in ns, as it would be stamped on a file written now in `folder`. */
export function readFileClock(folder: string): bigint {
  const probe = temporaryName(`${folder}/clock`)
  try {
    fs.writeFileSync(probe, '', { flag: 'wx' })
    const { mtimeNs, ctimeNs } = fs.lstatSync(probe, { bigint: true })
    fs.rmSync(probe, { force: true })
    return mtimeNs < ctimeNs ? mtimeNs : ctimeNs
  } catch (error) {
    throw fromSystemError(error, 'write', folder)
  }
}

/** Waits until the file system's time is past `momentNs`, so that files stamped until then are not racy. Gives up
 * after `patienceMs`: they are then hashed again, nothing worse. Returns the time reached. */
export async function waitForFileClock(folder: string, momentNs: bigint, patienceMs = 2500): Promise<bigint> {
  for (let waited = 0, pause = 1; ; waited += pause, pause = Math.min(pause * 2, 100)) {
    const now = readFileClock(folder)
    if (now > momentNs || waited >= patienceMs) return now
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
