// dv require: what an address means now is pinned in dv.lock, a file that stands beside the code and is kept with it.
import path from 'node:path'
import { DvError } from '../base/index.js'
import {
  checkFolder,
  checkName,
  decodeLock,
  encodeLock,
  findLockFile,
  forgetInstalled,
  LOCK_FILE,
  nameFor,
  type Pin,
  PIN_SETTINGS,
  readLock,
  storedUrl,
  writeLock,
} from '../lockfile/index.js'
import { sameId, toHex } from '../hash/index.js'
import { summarize } from '../manifest/index.js'
import { entrySize } from '../objects/index.js'
import { parseLocation } from '../storage/index.js'
import { commitOf, type StoreView } from './context.js'
import type { DependencyInfo, RequireRemoved, RequireResult } from './dependency-results.js'
import type { RequireOptions } from './dependency-types.js'
import { lookUpData, type MeantData, readDataAddress, remoteOfData } from './meant-data.js'
import { pinnedEntries } from './pinned-entries.js'
import { chosenPins, dependencyInfo, findProject, withProject } from './project.js'
import type { RemoteInfo, Sum } from './results.js'
import { openView } from './store-view.js'
import type { Surroundings } from './types.js'

export async function requireData(
  surroundings: Surroundings,
  options: RequireOptions,
): Promise<RequireResult> {
  const lockFile = findLockFile(surroundings.cwd) ?? path.join(surroundings.cwd, LOCK_FILE)
  const meant = readDataAddress(options.address)
  const name = chosenName(options, meant)
  const known = await remoteOfData(surroundings, meant.repo)
  const remote = { ...known, settings: { ...known.settings, ...options.settings } }
  const view = await openView(surroundings, remote)
  try {
    const { revision, commit } = await lookUpData(view, meant)
    const made: Pin = {
      ...{ name, url: lockedUrl(remote, meant.repo, lockFile), ...settingsOf(remote) },
      ...{ store: view.format.id, revision, commit, path: meant.path },
      ...(options.where !== undefined && { where: options.where }),
      into: chosenFolder(surroundings, { ...options, name, lockFile }),
    }
    const total = await totalOf(view, made)
    return await withProject({ root: path.dirname(lockFile) }, async () => {
      const before = findLockFile(path.dirname(lockFile)) === lockFile ? readLock(lockFile) : []
      const old = before.find((pin) => pin.name === name)
      if (old && !options.force) refuseOther(old, made)
      const pin = { ...made, into: options.into === undefined && old ? old.into : made.into }
      writePins(lockFile, [...before.filter((one) => one !== old), pin])
      const changed = old && !sameId(old.commit, pin.commit)
      return {
        ...{ lock: lockFile, dependency: dependencyInfo(pin), total },
        ...(changed && { before: toHex(old.commit) }),
      }
    })
  } finally {
    view.storage.close()
  }
}

export function listDependencies(surroundings: Surroundings): DependencyInfo[] {
  return chosenPins(findProject(surroundings), []).map(dependencyInfo)
}

export async function removeDependencies(
  surroundings: Surroundings,
  { names }: { names: readonly string[] },
): Promise<RequireRemoved> {
  const project = findProject(surroundings)
  return withProject(project, async () => {
    const removed = chosenPins(project, names)
    writePins(
      project.lockFile,
      chosenPins(project, []).filter(({ name }) => !names.includes(name)),
    )
    for (const { name } of removed) forgetInstalled(project.root, name)
    return { lock: project.lockFile, removed: removed.map(dependencyInfo) }
  })
}

/** Nothing is written that could not be read. */
export function writePins(lockFile: string, pins: readonly Pin[]): void {
  decodeLock(encodeLock(pins), lockFile)
  writeLock(lockFile, pins)
}

function chosenName({ name: typed, address }: RequireOptions, { repo, path }: MeantData): string {
  const name = typed ?? nameFor(path === '' ? repo : path)
  const reason = name === undefined ? 'it is missing' : checkName(name)
  if (name !== undefined && reason === undefined) return name
  throw new DvError('DV_BAD_NAME', `'${name ?? ''}' cannot be the name of a dependency: ${reason}`, {
    data: { name: name ?? '' },
    hint: `type: dv require ${address} NAME`,
  })
}

function lockedUrl({ name, url }: RemoteInfo, repo: string, lockFile: string): string {
  if (name !== '') return url
  const typed = parseLocation(repo)
  const isRelative = typed.kind === 'directory' && typed.path === repo && !path.isAbsolute(repo)
  return isRelative ? storedUrl(url, lockFile) : url
}

/** What others need too; profiles and how data is written are each user's own. */
function settingsOf({ settings = {} }: RemoteInfo): Pick<Pin, 'settings'> {
  const kept = PIN_SETTINGS.flatMap((key) => (settings[key] ? [[key, settings[key]] as const] : []))
  return kept.length > 0 ? { settings: Object.fromEntries(kept) } : {}
}

function chosenFolder(
  { cwd }: Surroundings,
  { into: typed, name, lockFile }: { into?: string; name: string; lockFile: string },
): string {
  if (typed === undefined) return `data/${name}`
  const into = path.relative(path.dirname(lockFile), path.resolve(cwd, typed)).split(path.sep).join('/')
  const reason = checkFolder(into)
  if (reason === undefined) return into
  throw new DvError('DV_USAGE', `'${typed}' cannot be the folder of a dependency: ${reason}`, {
    data: { into: typed },
    hint: "name a folder beside 'dv.lock'; 'dv install --into DIR' puts all of them elsewhere",
  })
}

async function totalOf(view: StoreView, pin: Pin): Promise<Sum> {
  const { manifest } = (await commitOf(view, pin.commit))!
  const whole = pin.where === undefined && (await summarize(view.store, manifest, pin.path))
  if (whole && whole.entries > 0) return { files: whole.entries, bytes: whole.bytes }
  const total: Sum = { files: 0, bytes: 0 }
  for await (const batch of pinnedEntries(view, pin)) {
    total.files += batch.length
    total.bytes += batch.reduce((sum, [, entry]) => sum + entrySize(entry), 0)
  }
  return total
}

/** Another revision of the same data is what the name stands for; other data needs a name of its own. */
function refuseOther(old: Pin, made: Pin): void {
  if (old.store === made.store && old.path === made.path) return
  throw new DvError('DV_ALREADY_EXISTS', `'${old.name}' is the name of other data: '${old.url}'`, {
    data: { name: old.name, url: old.url },
    hint: `give it another name: dv require URL@REV NAME; or --force, to put this in its place`,
  })
}
