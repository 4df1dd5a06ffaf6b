// The code that needs data: its lock file, and the folder that installed data is seen from.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, isDvError, nearest } from '../base/index.js'
import { findLockFile, LOCK_FILE, type Pin, readLock, stateFolder } from '../lockfile/index.js'
import { toHex } from '../hash/index.js'
import { type Config, readGlobalConfig } from '../repo/index.js'
import { lockWorkdir } from '../workspace/index.js'
import { closeContext, effectiveConfig, globalConfigFile, openContext } from './context.js'
import type { DependencyInfo } from './dependency-results.js'
import type { Surroundings } from './types.js'

export interface Project {
  /** Absolute. */
  lockFile: string
  /** Absolute: folders of dependencies are seen from here. */
  root: string
}

/** Throws DV_NO_LOCK_FILE. `into`: as typed. */
export function findProject({ cwd }: Surroundings, into?: string): Project {
  const lockFile = findLockFile(cwd)
  if (lockFile === undefined) {
    throw new DvError('DV_NO_LOCK_FILE', `There is no '${LOCK_FILE}' in '${cwd}' or above it`, {
      data: { path: cwd },
      hint: "'dv require URL@REV' makes one and pins the data that this code needs",
    })
  }
  return { lockFile, root: into === undefined ? path.dirname(lockFile) : path.resolve(cwd, into) }
}

/** The pins of these names, in the order of the lock file; all when no name is given. Throws DV_UNKNOWN_DEPENDENCY. */
export function chosenPins({ lockFile }: Project, names: readonly string[]): Pin[] {
  const pins = readLock(lockFile)
  for (const name of names) if (!pins.some((pin) => pin.name === name)) throw unknown(name, pins)
  return names.length === 0 ? pins : pins.filter(({ name }) => names.includes(name))
}

function unknown(name: string, pins: readonly Pin[]): DvError {
  const all = pins.map((pin) => pin.name)
  const near = nearest(name, all)
  return new DvError('DV_UNKNOWN_DEPENDENCY', `'${LOCK_FILE}' has no line called '${name}'`, {
    data: { name, nearest: near },
    hint: near[0]
      ? `did you mean '${near[0]}'?`
      : `these there are: ${all.slice(0, 10).join(', ') || 'none yet'}`,
  })
}

/** Runs `work` as the only process that changes what is seen from `root`. Throws DV_LOCKED. */
export async function withProject<T>({ root }: Pick<Project, 'root'>, work: () => Promise<T>): Promise<T> {
  const folder = stateFolder(root)
  makeStateFolder(folder)
  const lock = lockWorkdir(folder)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

/** git passes it over, whatever the code's own ignore file says. */
function makeStateFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(path.join(folder, '.gitignore'), '*\n')
  } catch (error) {
    throw fromSystemError(error, 'create', folder)
  }
}

/** The user's configuration, with that of a repository around, if there is one that can be read. */
export async function configAround(surroundings: Surroundings): Promise<Config> {
  try {
    const context = await openContext(surroundings)
    try {
      return await effectiveConfig(context)
    } finally {
      await closeContext(context)
    }
  } catch (error) {
    if (!isDvError(error)) throw error
    return readGlobalConfig(globalConfigFile(surroundings))
  }
}

export function dependencyInfo({
  name,
  url,
  settings,
  revision,
  commit,
  path,
  where,
  into,
}: Pin): DependencyInfo {
  return {
    ...{ name, url, ...(settings && { settings }), revision, commit: toHex(commit) },
    ...(path !== '' && { path }),
    ...(where !== undefined && { where }),
    into,
  }
}
