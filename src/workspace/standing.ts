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
  /** Whether the directory of a path is there: otherwise nothing stands at the path. */
  hasDirectoryOf(path: string): boolean
}

/** Looks each directory up once: for one pass, during which the caller changes nothing. */
export function lookOnDisk(root: string, { executableBit }: { executableBit: boolean }): Standing {
  const known = new Map<string, Place>()
  function directoryOf(path: string): Place {
    const parent = parentPath(path)
    if (parent === '') return DIRECTORY
    let place = known.get(parent)
    if (place !== undefined) return place
    const above = directoryOf(parent)
    place = above === DIRECTORY ? placeOf(root, parent) : above
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(parent, place)
    return place
  }
  const hasDirectoryOf = (path: string) => directoryOf(path) === DIRECTORY
  return {
    at: (path) => (hasDirectoryOf(path) ? scanPath(root, path, { executableBit }) : undefined),
    blockedBy: (path) => directoryOf(path).blocker,
    hasDirectoryOf,
  }
}

const KNOWN_MAX = 65_536

/** What is where a directory may be: one, nothing, or what keeps anything from being below. */
interface Place {
  blocker?: string
}

const DIRECTORY: Place = {}
const NOTHING: Place = {}

function placeOf(root: string, path: string): Place {
  const stats = fs.lstatSync(`${root}/${path}`, { throwIfNoEntry: false })
  if (stats === undefined) return NOTHING
  return stats.isDirectory() ? DIRECTORY : { blocker: path }
}
