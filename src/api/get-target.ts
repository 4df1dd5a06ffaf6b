// Where files go that `dv get` brings, and what stands there.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, parentPath } from '../base/index.js'
import { contentOf } from '../content/index.js'
import { checkPathBelow, checkTreePath, ParentGuard } from '../files/index.js'
import { sameId } from '../hash/index.js'
import { lookup, type PathEntry } from '../manifest/index.js'
import { type Entry, isFile } from '../objects/index.js'
import { entriesAt, isLeaf, type Meant, meansPattern } from './listing.js'
import { staticPrefix } from './pathspec.js'
import type { TreePlace } from './tree-address.js'

export interface Targets {
  /** The folder that all paths begin at. */
  root: string
  /** What the user is told: of a single file, its own path. */
  destination: string
  /** What is to stand at which path below the root. */
  entries: AsyncIterable<readonly PathEntry[]>
}

export interface TargetOptions extends Meant {
  cwd: string
  /** The destination. */
  typed: string | undefined
  /** What a whole tree is called when there is none. */
  name: string | undefined
}

export async function targetsOf(
  place: TreePlace,
  { cwd, typed, name, ...meant }: TargetOptions,
): Promise<Targets> {
  const { view, manifest, path: at } = place
  if (await isLeaf(place)) {
    const destination = fileDestination(cwd, typed, path.posix.basename(at))
    const entry = (await lookup(view.store, manifest, at))!
    const entries = meant.where === undefined ? once([[at, entry]]) : entriesAt(place, meant)
    return {
      root: path.dirname(destination),
      destination,
      entries: renamed(entries, path.basename(destination)),
    }
  }
  const isPattern = await meansPattern(place)
  const base = isPattern ? staticPrefix(at) : at
  const root = path.resolve(cwd, typed ?? (isPattern ? '.' : folderName(at, name)))
  return { root, destination: root, entries: below(base, entriesAt(place, meant)) }
}

/** What stands at a place, by its path below it; a file by its name. */
export async function* entriesBelow(place: TreePlace, meant: Meant): AsyncGenerator<readonly PathEntry[]> {
  const isPattern = await meansPattern(place)
  const base = isPattern
    ? staticPrefix(place.path)
    : (await isLeaf(place))
      ? parentPath(place.path)
      : place.path
  yield* below(base, entriesAt(place, meant))
}

function fileDestination(cwd: string, typed: string | undefined, name: string): string {
  const full = path.resolve(cwd, typed ?? name)
  const isFolder = typed !== undefined && (/[\\/]$/.test(typed) || lstat(full)?.isDirectory())
  return isFolder ? path.join(full, name) : full
}

function folderName(at: string, name: string | undefined): string {
  const found = at === '' ? name : path.posix.basename(at)
  if (found !== undefined) return found
  throw new DvError('DV_USAGE', 'Nothing says what the folder for the whole tree is to be called', {
    hint: 'type: dv get REV: FOLDER',
  })
}

async function* once(entries: readonly PathEntry[]): AsyncGenerator<readonly PathEntry[]> {
  yield entries
}

async function* renamed(
  entries: AsyncIterable<readonly PathEntry[]>,
  name: string,
): AsyncGenerator<readonly PathEntry[]> {
  for await (const batch of entries) yield batch.map(([, entry]): PathEntry => [name, entry])
}

async function* below(
  base: string,
  entries: AsyncIterable<readonly PathEntry[]>,
): AsyncGenerator<readonly PathEntry[]> {
  const length = base === '' ? 0 : base.length + 1
  for await (const batch of entries)
    yield batch.flatMap(([at, entry]): PathEntry[] => (at === base ? [] : [[at.slice(length), entry]]))
}

/** `blocked`: something stands there that is never taken away. */
export type Standing = 'nothing' | 'same' | 'other' | 'blocked'

/** What stands at a path. Throws DV_UNSAFE_PATH for one no tree may hold, or that leads through a link. */
export function lookAt(
  root: string,
  at: string,
  { entry, guard }: { entry: Entry; guard: ParentGuard },
): Standing {
  checkTreePath(at)
  checkPathBelow(root, at)
  guard.check(at)
  const full = path.join(root, at)
  const found = lstat(full)
  if (!found) return 'nothing'
  if (found.isDirectory()) return entry.kind === 'directory' ? 'same' : 'blocked'
  if (entry.kind === 'directory') return 'blocked'
  if (entry.kind === 'symlink')
    return found.isSymbolicLink() && fs.readlinkSync(full) === entry.target ? 'same' : 'other'
  const isSame = isFile(entry) && found.isFile() && found.size === entry.size
  return isSame && sameId(contentOf(full), entry.content) ? 'same' : 'other'
}

function lstat(file: string): fs.Stats | undefined {
  return fs.lstatSync(file, { throwIfNoEntry: false })
}
