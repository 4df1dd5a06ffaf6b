// State files of `.dv` that are damaged, put right or moved out of the way. Format: spec/10-working-directory.md.
import fs from 'node:fs'
import path from 'node:path'
import { fromSystemError, withOneBitBack } from '../base/index.js'
import { isSealed } from '../codec/index.js'
import { writeFileAtomic } from '../files/index.js'

const RECORDS = ['workdir.json', 'head', 'sparse', 'merge', 'merges', 'checkout', 'lost', 'metadata'] as const

export interface DamagedState {
  name: (typeof RECORDS)[number]
  /** Put right: one bit had flipped. */
  isMended: boolean
}

/** Mends what can be mended of the state files in `dvDir`, unless it is only to be told. */
export function mendStates(dvDir: string, { dryRun }: { dryRun: boolean }): DamagedState[] {
  return RECORDS.flatMap((name) => {
    const file = path.join(dvDir, name)
    const bytes = fs.existsSync(file) ? fs.readFileSync(file) : undefined
    if (!bytes || isSealed(bytes)) return []
    const whole = withOneBitBack(bytes, isSealed)
    if (whole && !dryRun) writeFileAtomic(file, whole, { sync: true })
    return [{ name, isMended: whole !== undefined }]
  })
}

/** Keeps the bytes of a damaged state file that is about to be replaced. Returns where. */
export function setStateAside(dvDir: string, name: string): string {
  const aside = `damaged-${name}`
  try {
    fs.copyFileSync(path.join(dvDir, name), path.join(dvDir, aside))
  } catch (error) {
    throw fromSystemError(error, 'write', path.join(dvDir, aside))
  }
  return aside
}
