// dv install: what dv.lock pins becomes files, each dependency in a folder of its own. A record beside the lock file says
// which pins' files may be in a folder: it is written before the first file changes and after the last one did.
import fs from 'node:fs'
import path from 'node:path'
import { fromSystemError, isDvError, parentPath, systemCode } from '../base/index.js'
import { partsFolder, type Pin, readInstalled, sameFiles, writeInstalled } from '../lockfile/index.js'
import { checkTreePath, ParentGuard } from '../files/index.js'
import { toHex } from '../hash/index.js'
import type { PathEntry } from '../manifest/index.js'
import { entrySize } from '../objects/index.js'
import { makeFolder } from '../storage/index.js'
import type { InstalledDependency, InstallResult } from './dependency-results.js'
import type { InstallOptions } from './dependency-types.js'
import { type InstallPlan, planInstall, type Removal } from './install-plan.js'
import { pinnedEntries } from './pinned-entries.js'
import { type PinnedView, PinnedViews } from './pinned-views.js'
import { chosenPins, findProject, type Project, withProject } from './project.js'
import { receiveEntries } from './receive-entries.js'
import { sideBySide } from './side-by-side.js'
import type { Surroundings } from './types.js'

export async function install(surroundings: Surroundings, options: InstallOptions): Promise<InstallResult> {
  const project = findProject(surroundings, options.into)
  const pins = chosenPins(project, options.names)
  return withProject(project, async () => {
    const views = new PinnedViews(surroundings, project.lockFile)
    try {
      const dependencies: InstalledDependency[] = []
      for (const pin of pins)
        dependencies.push(await installPin({ surroundings, project, views, options }, pin))
      return { lock: project.lockFile, dependencies }
    } finally {
      await views.close()
    }
  })
}

interface Work {
  surroundings: Surroundings
  project: Project
  views: PinnedViews
  options: InstallOptions
}

async function installPin(work: Work, pin: Pin): Promise<InstalledDependency> {
  const { surroundings, project, views } = work
  const { root } = project
  const folder = folderOf(project, pin)
  const view = await views.of(pin)
  const known = readInstalled(root, pin.name)
  const before = known?.pins.filter(({ into }) => into === pin.into) ?? []
  const isWhole = known?.isComplete === true && before.length === 1
  const isDone = isWhole && sameFiles(before[0]!, pin)
  const plan = await planned(work, pin, { folder, view, before, isWhole, isDone })
  if (!isDone) writeInstalled(root, pin.name, { isComplete: false, pins: distinct([...before, pin]) })
  removeFiles(folder, plan.removals)
  const { written, lost } = await received(work, pin, { folder, view, plan })
  if (!isDone && !lost) writeInstalled(root, pin.name, { isComplete: true, pins: [pin] })
  if (lost) surroundings.onLost?.(lost)
  return {
    ...{ name: pin.name, commit: toHex(pin.commit), folder, written, kept: plan.kept, removed: plan.removed },
    ...(plan.holes.count > 0 && { purged: plan.holes }),
    ...(lost && { lost }),
  }
}

async function received(
  { project, options }: Work,
  { name }: Pin,
  { folder, view, plan }: { folder: string; view: PinnedView; plan: InstallPlan },
) {
  const { missing } = plan
  const parts = partsFolder(project.root, name)
  if (missing.length > 0) makeFolder(parts)
  view.expect(missing.reduce((sum, { entry }) => sum + entrySize(entry), 0))
  const result = await receiveEntries(view, { root: folder, missing, parts }, options)
  // What an install that was killed had begun, and this one did not want.
  fs.rmSync(parts, { recursive: true, force: true })
  return result
}

/** Where a pin's files go. Throws DV_UNSAFE_PATH when a link lies on the way: the lock file may be a stranger's. */
export function folderOf({ root }: Project, { into }: Pin): string {
  checkTreePath(into)
  new ParentGuard(root).check(`${into}/-`)
  return path.join(root, into)
}

interface Before {
  folder: string
  view: PinnedView
  /** Pins whose files may be in the folder. */
  before: readonly Pin[]
  /** One pin's files are there, all of them. */
  isWhole: boolean
  /** They are those that are wanted. */
  isDone: boolean
}

async function planned(
  { surroundings, views, options }: Work,
  pin: Pin,
  { folder, view, before, isWhole, isDone }: Before,
): Promise<InstallPlan> {
  const { force, signal } = options
  const lists: AsyncIterable<readonly PathEntry[]>[] = [pinnedEntries(view, pin, options)]
  let areAllKnown = true
  for (const old of isDone ? [] : before.filter((one) => !sameFiles(one, pin))) {
    const entries = await entriesBefore({ surroundings, views, options }, old)
    if (entries) lists.push(entries)
    else areAllKnown = false
  }
  return planInstall({
    ...{ folder, paths: sideBySide(lists), isKnown: isWhole && areAllKnown && !force },
    ...{ purged: await view.store.purged(), force, ...(signal && { signal }) },
  })
}

/** What dv wrote before; undefined when that cannot be read any more: then it counts as the user's. */
async function entriesBefore({ surroundings, views, options }: Omit<Work, 'project'>, old: Pin) {
  try {
    const all: (readonly PathEntry[])[] = []
    for await (const batch of pinnedEntries(await views.of(old), old, options)) all.push(batch)
    return each(all)
  } catch (error) {
    if (!isDvError(error) || error.code === 'DV_INTERRUPTED') throw error
    surroundings.warn?.(`What was installed as '${old.name}' before cannot be looked up: ${error.message}`)
    return undefined
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

function distinct(pins: readonly Pin[]): Pin[] {
  return pins.filter((pin, i) => pins.findIndex((one) => sameFiles(one, pin)) === i)
}

/** Files first, then the folders that they leave empty. */
function removeFiles(folder: string, removals: readonly Removal[]): void {
  for (const { at, check } of removals) {
    const full = path.join(folder, at)
    try {
      check()
      if (!fs.lstatSync(full, { throwIfNoEntry: false })?.isDirectory()) fs.rmSync(full, { force: true })
    } catch (error) {
      throw fromSystemError(error, 'remove', full)
    }
  }
  for (const { at } of [...removals].reverse())
    for (let one = at; one !== ''; one = parentPath(one)) if (!removeIfEmpty(path.join(folder, one))) break
}

/** False: it stays, with all that it lies in. */
function removeIfEmpty(full: string): boolean {
  try {
    fs.rmdirSync(full)
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return true
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return false
    throw fromSystemError(error, 'remove', full)
  }
}
