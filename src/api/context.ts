// What every verb starts from: a store opened to be read, or a working directory with its store.
import path from 'node:path'
import { DvError, isDvError } from '../base/index.js'
import { Pool } from '../content/index.js'
import { HERE } from '../files/index.js'
import { type CommitId, idKey, type ManifestId } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import type { Commit } from '../objects/index.js'
import { branchRef, readRef, type StoredRef } from '../refs/index.js'
import {
  type Config,
  mergeConfigs,
  readGlobalConfig,
  readStoreConfig,
  readStoreFormat,
  type StoreFormat,
} from '../repo/index.js'
import { type DirectoryStorage, openDirectoryStorage, type Storage } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import {
  compilePathspec,
  compileSparse,
  type FileSystemTraits,
  findWorkdir,
  type Head,
  isExpression,
  lockWorkdir,
  type PathFilter,
  probeFileSystem,
  readHead,
  readLost,
  readSparse,
  readSparseRules,
  type SparseRule,
  type Workdir,
  type WorkTree,
} from '../workspace/index.js'
import type { Surroundings } from './types.js'

/** A store opened to be read: all that verbs need which only look. */
export interface StoreView {
  surroundings: Surroundings
  storage: Storage
  format: StoreFormat
  store: ObjectStore
  /** Where `cwd` is within the tree: '' at its top, and in a store without a working directory. */
  prefix: string
  /** Absent: a store by itself, whose HEAD is its default branch. */
  workdir?: Workdir
}

/** The store of a working directory, and that working directory. */
export interface Context extends StoreView {
  workdir: Workdir
  storage: DirectoryStorage
  /** What must be closed at the end. */
  pools: Pool[]
}

/** Opens the repository around `cwd`. Throws DV_NO_REPOSITORY, or what is wrong with its store. */
export async function openContext(surroundings: Surroundings): Promise<Context> {
  const workdir = findWorkdir(surroundings.cwd)
  const inner = path.relative(workdir.root, path.resolve(surroundings.cwd))
  return contextOf(surroundings, workdir, inner.split(path.sep).join('/'))
}

export async function contextOf(surroundings: Surroundings, workdir: Workdir, prefix = ''): Promise<Context> {
  const storage = openStoreOf(workdir)
  const format = await readStoreFormat(storage)
  return { surroundings, workdir, storage, format, store: new ObjectStore(storage), prefix, pools: [] }
}

function openStoreOf(workdir: Workdir): DirectoryStorage {
  try {
    return openDirectoryStorage(workdir.store)
  } catch (error) {
    if (!isDvError(error, 'DV_NO_STORE')) throw error
    throw new DvError('DV_NO_STORE', `The store '${workdir.store}' of this working directory is not there`, {
      data: { store: workdir.store, root: workdir.root },
      hint: 'mount it again or move it back; the files here are untouched',
      cause: error,
    })
  }
}

export async function closeContext(context: Context): Promise<void> {
  await closePools(context)
  context.storage.close()
}

/** Stops the workers and drops what they stored and did not finish. New ones are started when they are needed. */
export async function closePools({ pools }: Context): Promise<void> {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
}

/** The configuration in effect: the repository's over the user's. */
export async function effectiveConfig({
  storage,
  surroundings,
}: Pick<StoreView, 'storage' | 'surroundings'>): Promise<Config> {
  return mergeConfigs(readGlobalConfig(globalConfigFile(surroundings)), await readStoreConfig(storage))
}

/** The user's own configuration file. */
export function globalConfigFile({ env }: Surroundings): string {
  const explicit = env['DV_CONFIG']
  if (explicit) return explicit
  const home = env['HOME'] ?? env['USERPROFILE'] ?? ''
  return path.join(env['XDG_CONFIG_HOME'] || path.join(home, '.config'), 'dv', 'config.json')
}

/** What is checked out: the branch's ref where there is one, and the commit, absent before the first. */
export interface CurrentHead {
  head: Head
  /** The current branch as a full ref name. */
  ref?: string
  stored?: StoredRef
  commit?: CommitId
}

export async function currentHead({ workdir, storage }: StoreView): Promise<CurrentHead> {
  const head = workdir ? readHead(workdir) : await defaultHead(storage)
  if (head.kind === 'commit') return { head, commit: head.commit }
  const ref = branchRef(head.branch)
  const stored = await readRef(storage, ref)
  return stored ? { head, ref, stored, commit: stored.value.target } : { head, ref }
}

async function defaultHead(storage: Storage): Promise<Head> {
  const { defaultBranch } = await import('./default-branch.js')
  return { kind: 'branch', branch: await defaultBranch(storage) }
}

/** The commit's data; undefined for no commit. */
export async function commitOf(view: StoreView, id: CommitId | undefined): Promise<Commit | undefined> {
  return id && (await readCommit(view.store, id))
}

/** The manifest of a commit; undefined for no commit. */
export async function manifestOf(view: StoreView, id: CommitId | undefined): Promise<ManifestId | undefined> {
  return (await commitOf(view, id))?.manifest
}

/** The working directory ready to be looked at and changed. */
export function workTree(context: Context): WorkTree {
  const { workdir, store } = context
  const sparse = sparseFilter(workdir)
  const traits = fileSystemTraits(workdir)
  return {
    workdir,
    reader: store,
    pool: openPool(context),
    traits,
    rules: { ignoreExecutable: !traits.executableBit },
    sparse,
    ...sparseElsewhere(context),
    lost: readLost(workdir),
  }
}

/** Each tree is asked once. */
function sparseElsewhere({ workdir, store }: Context): Pick<WorkTree, 'sparseAt'> {
  const list = readSparse(workdir)
  if (!list?.some(isExpression)) return {}
  const known = new Map<string, Promise<SparseRule>>()
  const sparseAt = (manifest: ManifestId) => {
    const key = idKey(manifest)
    const rule = known.get(key) ?? import('./meant.js').then(({ ruleAt }) => ruleAt(store, manifest, list))
    known.set(key, rule)
    return rule
  }
  return { sparseAt }
}

/** What the working directory holds; undefined: everything. In the middle of a change that is what it held and is to
 * hold: only of that an absent file was deleted by someone else. */
export function sparseFilter(workdir: Workdir): PathFilter | undefined {
  const filters = readSparseRules(workdir).map(({ list, meant }) => compileSparse(list, meant))
  if (filters.length === 0) return undefined
  return {
    matches: (path) => filters.every((filter) => filter.matches(path)),
    couldMatchBelow: (directory) => filters.every((filter) => filter.couldMatchBelow(directory)),
  }
}

/** One for all that is done with an open repository. */
export function openPool(context: Context): Pool {
  const [open] = context.pools
  if (open) return open
  const { workdir, format } = context
  const pool = new Pool({
    storeRoot: workdir.store,
    chunkAvg: format.chunker.avg,
    root: workdir.root,
    temporaryFolder: `${workdir.dvDir}/tmp`,
  })
  context.pools.push(pool)
  return pool
}

const traitsOf = new Map<string, FileSystemTraits>()

function fileSystemTraits({ dvDir }: Workdir): FileSystemTraits {
  let traits = traitsOf.get(dvDir)
  if (!traits) {
    traits = tryProbe(`${dvDir}/tmp`)
    traitsOf.set(dvDir, traits)
  }
  return traits
}

/** Where nothing can be written nothing can be tried out, and only looking is left: what most systems hold will do. */
function tryProbe(folder: string): FileSystemTraits {
  try {
    return probeFileSystem(folder)
  } catch (error) {
    if (!isDvError(error, 'DV_READ_ONLY') && !isDvError(error, 'DV_PERMISSION')) throw error
    const isWindows = HERE === 'win32'
    return {
      caseInsensitive: isWindows || HERE === 'darwin',
      normalizes: HERE === 'darwin',
      executableBit: !isWindows,
      symlinks: !isWindows,
    }
  }
}

/** Runs `work` as the only process that changes this working directory, on the store as it is now: what was purged
 * meanwhile counts. Throws DV_LOCKED. */
export async function withLock<T>({ workdir, store }: Context, work: () => Promise<T>): Promise<T> {
  const lock = lockWorkdir(workdir.dvDir)
  try {
    await store.index.refresh()
    return await work()
  } finally {
    lock.release()
  }
}

/** The paths a user typed, relative to the tree's top; undefined: everything. */
export function pathFilter({ prefix }: StoreView, paths: readonly string[]): PathFilter | undefined {
  return paths.length === 0 ? undefined : compilePathspec(paths.map((typed) => fromTop(prefix, typed)))
}

/** A typed path or pattern seen from the tree's top. */
export function fromTop(prefix: string, typed: string): string {
  const negated = typed.startsWith('!')
  const bare = (negated ? typed.slice(1) : typed).replace(/^\.\//, '')
  const joined = path.posix.normalize(prefix === '' ? bare : `${prefix}/${bare}`).replace(/\/$/, '')
  if (joined === '..' || joined.startsWith('../') || joined.startsWith('/')) {
    throw new DvError('DV_UNKNOWN_PATH', `The path '${typed}' is outside this working directory`, {
      data: { path: typed },
    })
  }
  const top = joined === '.' ? '**' : joined
  return negated ? `!${top}` : top
}
