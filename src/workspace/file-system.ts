// What the file system below a working directory can hold: found out by trying, once, in `.dv`.
import fs from 'node:fs'
import { fromSystemError, systemCode, unusedHex } from '../base/index.js'
import type { NameRules } from '../files/index.js'

export interface FileSystemTraits extends NameRules {
  executableBit: boolean
  symlinks: boolean
}

/** Tries it out in a folder of its own below `folder`, which it removes again. */
export function probeFileSystem(folder: string): FileSystemTraits {
  const probe = `${folder}/probe-${unusedHex()}`
  try {
    fs.mkdirSync(probe)
    try {
      return {
        caseInsensitive: isSameFile(probe, 'Case', 'cASE'),
        normalizes: isSameFile(probe, '\u00e9', 'e\u0301'),
        executableBit: keepsExecutableBit(`${probe}/mode`),
        symlinks: canLink(`${probe}/link`),
      }
    } finally {
      fs.rmSync(probe, { recursive: true, force: true })
    }
  } catch (error) {
    throw fromSystemError(error, 'write', folder)
  }
}

function isSameFile(folder: string, name: string, other: string): boolean {
  fs.writeFileSync(`${folder}/${name}`, '')
  return fs.existsSync(`${folder}/${other}`)
}

function keepsExecutableBit(file: string): boolean {
  fs.writeFileSync(file, '', { mode: 0o600 })
  const bit = () => fs.lstatSync(file).mode & 0o100
  // Some mounts show every file as executable: both settings must stick.
  if (bit() !== 0) return false
  try {
    fs.chmodSync(file, 0o700)
  } catch (error) {
    if (systemCode(error) !== undefined) return false
    throw error
  }
  return bit() !== 0
}

function canLink(file: string): boolean {
  try {
    fs.symlinkSync('target', file)
    return fs.lstatSync(file).isSymbolicLink()
  } catch (error) {
    if (systemCode(error) !== undefined) return false
    throw error
  }
}
