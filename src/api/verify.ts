// dv verify: what is on disk is held against the pinned commits: every file is read and hashed.
import fs from 'node:fs'
import path from 'node:path'
import { isDvError, noProgress } from '../base/index.js'
import { contentOf } from '../content/index.js'
import type { Pin } from '../lockfile/index.js'
import { checkTreePath, ParentGuard } from '../files/index.js'
import { toHex } from '../hash/index.js'
import { type Entry, isFile } from '../objects/index.js'
import type { VerifyRecord } from './dependency-results.js'
import type { NamesOptions } from './dependency-types.js'
import { filesBelow } from './extra-files.js'
import { folderOf } from './install.js'
import { pinnedEntries } from './pinned-entries.js'
import { type PinnedView, PinnedViews } from './pinned-views.js'
import { chosenPins, findProject } from './project.js'
import { countEntry } from './receive-entries.js'
import type { Sum } from './results.js'
import { sideBySide } from './side-by-side.js'
import type { Surroundings } from './types.js'

type Difference = Extract<VerifyRecord, { type: 'difference' }>

export async function* verify(
  surroundings: Surroundings,
  options: NamesOptions & { into?: string },
): AsyncGenerator<VerifyRecord> {
  const project = findProject(surroundings, options.into)
  const views = new PinnedViews(surroundings, project.lockFile)
  try {
    for (const pin of chosenPins(project, options.names)) {
      const folder = folderOf(project, pin)
      const sound: Sum = { files: 0, bytes: 0 }
      let differences = 0
      for await (const found of differencesOf({ folder, pin, sound }, await views.of(pin), options)) {
        differences++
        yield { type: 'difference', name: pin.name, ...found }
      }
      yield { type: 'dependency', name: pin.name, commit: toHex(pin.commit), folder, sound, differences }
    }
  } finally {
    await views.close()
  }
}

interface Checked {
  folder: string
  pin: Pin
  /** Filled. */
  sound: Sum
}

type Found = Omit<Difference, 'type' | 'name'>

async function* differencesOf(
  { folder, pin, sound }: Checked,
  view: PinnedView,
  { signal, onProgress = noProgress }: NamesOptions,
): AsyncGenerator<Found> {
  if (!fs.existsSync(folder)) return yield { path: '.', difference: 'missing', wanted: 'directory' }
  const guard = new ParentGuard(folder)
  const pinned = pinnedEntries(view, pin, { ...(signal && { signal }) })
  for await (const [at, [entry]] of sideBySide<Entry | 'there'>([pinned, filesBelow(folder)])) {
    signal?.throwIfAborted()
    // Of the list of what is on disk, which is asked for all the same.
    if (entry === undefined || entry === 'there') {
      yield { path: at, difference: 'extra' }
      continue
    }
    const [wanted, found] = [identity(entry), foundAt(folder, at, guard)]
    if (found === wanted) countEntry(sound, entry)
    else if (found === undefined) yield { path: at, difference: 'missing', wanted }
    else yield { path: at, difference: 'changed', wanted, found }
    onProgress({ phase: 'Verifying', done: sound.bytes, unit: 'bytes' })
  }
}

/** What tells one content of a path from another. */
function identity(entry: Entry): string {
  if (isFile(entry)) return toHex(entry.content)
  return entry.kind === 'symlink' ? `symlink ${entry.target}` : 'directory'
}

/** The same of what is on disk; undefined: nothing. */
function foundAt(folder: string, at: string, guard: ParentGuard): string | undefined {
  checkTreePath(at)
  const full = path.join(folder, at)
  if (!hasParents(guard, at)) return undefined
  const stats = fs.lstatSync(full, { throwIfNoEntry: false })
  if (!stats) return undefined
  if (stats.isFile()) return toHex(contentOf(full))
  if (stats.isSymbolicLink()) return `symlink ${fs.readlinkSync(full)}`
  return stats.isDirectory() ? 'directory' : 'neither file, link nor directory'
}

/** A link in the place of a folder is a difference, and not gone through. */
function hasParents(guard: ParentGuard, at: string): boolean {
  try {
    return guard.check(at)
  } catch (error) {
    if (isDvError(error, 'DV_UNSAFE_PATH')) return false
    throw error
  }
}
