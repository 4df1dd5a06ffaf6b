// What was put into a dependency's folder, so that a later version takes the place of what dv wrote and of nothing else.
// Format: spec/27-dependencies.md, "What is installed"
import fs from 'node:fs'
import path from 'node:path'
import { fromSystemError, isDvError, systemCode, utf8 } from '../base/index.js'
import { writeFileAtomic } from '../files/index.js'
import { DV_FOLDER } from '../workspace/index.js'
import { decodePins, type Pin, pinLine } from './lock-file.js'

export interface Installed {
  /** Whether all of the one pin is there; else files of any of them may be. */
  isComplete: boolean
  pins: Pin[]
}

/** `root`: what the folders of dependencies are seen from. */
export function stateFolder(root: string): string {
  return path.join(root, DV_FOLDER, 'installed')
}

/** Undefined: nothing is known. A record that makes no sense is none: then files are held against the pin itself. */
export function readInstalled(root: string, name: string): Installed | undefined {
  const file = recordFile(root, name)
  try {
    const { header, pins } = decodePins(fs.readFileSync(file), file)
    return header['dv.installed'] === 1 ? { isComplete: header['complete'] === true, pins } : undefined
  } catch (error) {
    if (isDvError(error, 'DV_BAD_LOCK_FILE') || systemCode(error) === 'ENOENT') return undefined
    throw fromSystemError(error, 'read', file)
  }
}

/** Durable before files change. */
export function writeInstalled(root: string, name: string, { isComplete, pins }: Installed): void {
  const lines = [JSON.stringify({ 'dv.installed': 1, complete: isComplete }), ...pins.map(pinLine), '']
  writeFileAtomic(recordFile(root, name), utf8(lines.join('\n')), { sync: true })
}

/** Where files are while they are not whole: none is ever seen half in the folder it belongs to. */
export function partsFolder(root: string, name: string): string {
  return path.join(stateFolder(root), `${name}.parts`)
}

export function forgetInstalled(root: string, name: string): void {
  fs.rmSync(recordFile(root, name), { force: true })
  fs.rmSync(partsFolder(root, name), { force: true, recursive: true })
}

function recordFile(root: string, name: string): string {
  return path.join(stateFolder(root), `${name}.json`)
}
