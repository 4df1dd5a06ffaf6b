// What stands at single paths of the tree on disk. Below a symbolic link or a file nothing of the tree does, whatever
// the file system would find by following it.
import fs from 'node:fs'
import { parentPath } from '../base/index.js'
import { type ScanEntry, scanPath } from './scan.js'

export interface Standing {
  /** What stands at a path and can be recorded. */
  at(path: string): ScanEntry | undefined
  /** The nearest parent of a path that is there and is no directory, so that the path cannot be. */
  blockedBy(path: string): string | undefined
}

/** Looks each directory up once: for one pass, during which the caller changes nothing. */
export function lookOnDisk(root: string, { executableBit }: { executableBit: boolean }): Standing {
  const known = new Map<string, string | undefined>()
  function blockedBy(path: string): string | undefined {
    const parent = parentPath(path)
    if (parent === '') return undefined
    if (known.has(parent)) return known.get(parent)
    const blocker = blockedBy(parent) ?? (isObstruction(root, parent) ? parent : undefined)
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(parent, blocker)
    return blocker
  }
  return {
    at: (path) => (blockedBy(path) === undefined ? scanPath(root, path, { executableBit }) : undefined),
    blockedBy,
  }
}

const KNOWN_MAX = 65_536

function isObstruction(root: string, path: string): boolean {
  return fs.lstatSync(`${root}/${path}`, { throwIfNoEntry: false })?.isDirectory() === false
}
