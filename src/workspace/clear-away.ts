// Removing from the working directory what is known or saved, and never more than that.
import fs from 'node:fs'
import { DvError, fromSystemError, systemCode } from '../base/index.js'
import { OpenParents, quotePath } from '../files/index.js'
import { type ScanEntry, scanPath } from './scan.js'
import type { WorkTree } from './tree.js'

/** Something below a directory that is no directory with something in it. */
export interface Leaf {
  path: string
  /** What cannot be recorded: a special file, a repository of its own, a name that is not UTF-8. */
  isForeign: boolean
}

/** A file, or all that lies below a directory. */
export function* leavesAt(root: string, path: string): Generator<Leaf> {
  const isDirectory = fs.lstatSync(`${root}/${path}`).isDirectory()
  const isEmpty = isDirectory && entriesOf(root, path).length === 0
  if (isRepository(path) || !isDirectory || isEmpty)
    yield { path, isForeign: isRepository(path) || scanPath(root, path) === undefined }
  else yield* leavesBelow(root, path)
}

export function isRepository(path: string): boolean {
  return /(^|\/)\.(git|dv)$/.test(path)
}

/** All that lies below a directory, whatever ignore rules say; empty directories too. Repositories are not entered. */
export function* leavesBelow(root: string, directory: string): Generator<Leaf> {
  for (const { name, isDirectory } of entriesOf(root, directory)) {
    const path = `${directory}/${name}`
    if (isRepository(path) || name.includes('\ufffd')) yield { path, isForeign: true }
    else if (!isDirectory) yield { path, isForeign: scanPath(root, path) === undefined }
    else if (entriesOf(root, path).length === 0) yield { path, isForeign: false }
    else yield* leavesBelow(root, path)
  }
}

function entriesOf(root: string, directory: string): { name: string; isDirectory: boolean }[] {
  try {
    return fs
      .readdirSync(`${root}/${directory}`, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
  } catch (error) {
    throw fromSystemError(error, 'read the directory', directory)
  }
}

/** Deletes files and empty directories that the caller has saved. `as`: how each stood before it was saved; one that
 * changed since stays, and DV_FILE_CHANGED is thrown. */
export function removeObstacles(
  { workdir: { root } }: WorkTree,
  paths: readonly string[],
  as: ReadonlyMap<string, ScanEntry> = new Map(),
): void {
  const parents = new OpenParents(root)
  try {
    // What lies in a directory comes behind it.
    for (const path of [...paths].reverse()) {
      parents.forget()
      const name = parents.find(path)
      const found = scanPath(root, path)
      const saved = as.get(path)
      if (found && saved && !isSameStat(found, saved)) throw changedMeanwhile(path)
      if (found?.kind !== 'directory') parents.removeFile(path)
      else if (name !== undefined) removeDirectory(name, path)
    }
  } finally {
    parents.forget()
  }
}

function removeDirectory(name: string, path: string): void {
  try {
    fs.rmdirSync(name)
  } catch (error) {
    throw fromSystemError(error, 'delete', path)
  }
}

function isSameStat(a: ScanEntry, b: ScanEntry): boolean {
  if (a.kind === 'directory') return b.kind === 'directory'
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode
}

export function changedMeanwhile(path: string): DvError {
  return new DvError(
    'DV_FILE_CHANGED',
    `The file ${quotePath(path)} changed while dv was about to replace it`,
    {
      data: { path },
      hint: "it is as that left it; look at 'dv status', then run the command again",
    },
  )
}

/** Removes a directory that holds nothing but directories. Throws DV_FILE_CHANGED when there is more in it. */
export function removeHollow(root: string, directory: string, parents: OpenParents): void {
  for (const { name, isDirectory } of entriesOf(root, directory)) {
    if (!isDirectory) throw changedMeanwhile(`${directory}/${name}`)
    removeHollow(root, `${directory}/${name}`, parents)
  }
  try {
    fs.rmdirSync(parents.at(directory))
  } catch (error) {
    if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST') throw changedMeanwhile(directory)
    throw fromSystemError(error, 'delete', directory)
  }
}
