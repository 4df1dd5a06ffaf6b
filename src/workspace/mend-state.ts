// State files of `.dv` that are damaged, put right or moved out of the way. Format: spec/10-working-directory.md.
import fs from 'node:fs'
import path from 'node:path'
import { fromSystemError, withOneBitBack } from '../base/index.js'
import { isSealed } from '../codec/index.js'
import { writeFileAtomic } from '../files/index.js'

const RECORDS = ['workdir.json', 'head', 'sparse', 'merge', 'merges', 'checkout', 'lost', 'metadata'] as const

/** Of the others none may be right. */
const ALWAYS: ReadonlySet<string> = new Set(['workdir.json', 'head'])

export interface DamagedState {
  name: (typeof RECORDS)[number]
  /** Put right: one bit had flipped. */
  isMended: boolean
}

/** Mends what can be mended of the state files in `dvDir`, unless it is only to be told. */
export function mendStates(dvDir: string, { dryRun }: { dryRun: boolean }): DamagedState[] {
  return RECORDS.flatMap((name) => {
    const file = path.join(dvDir, name)
    const bytes = bytesOf(file)
    if (bytes === undefined && !ALWAYS.has(name)) return []
    if (!bytes) return [{ name, isMended: false }]
    if (isSealed(bytes)) return []
    const whole = withOneBitBack(bytes, isSealed)
    if (whole && !dryRun) writeFileAtomic(file, whole, { sync: true })
    return [{ name, isMended: whole !== undefined }]
  })
}

/** Undefined: nothing is there; none: something that is no file. */
function bytesOf(file: string): Buffer | undefined {
  const stats = fs.lstatSync(file, { throwIfNoEntry: false })
  if (!stats) return undefined
  return stats.isFile() ? fs.readFileSync(file) : Buffer.alloc(0)
}

/** Moves a damaged state file that is about to be replaced out of the way. Returns where; undefined: there is none. */
export function setStateAside(dvDir: string, name: string): string | undefined {
  const file = path.join(dvDir, name)
  const stats = fs.lstatSync(file, { throwIfNoEntry: false })
  if (!stats) return undefined
  const aside = `damaged-${name}`
  const target = path.join(dvDir, aside)
  try {
    fs.rmSync(target, { recursive: true, force: true })
    // A file stays until another is renamed over it: a crash in between leaves one of the two.
    if (stats.isFile()) fs.copyFileSync(file, target)
    else fs.renameSync(file, target)
  } catch (error) {
    throw fromSystemError(error, 'write', target)
  }
  return aside
}
