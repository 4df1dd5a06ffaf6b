// dv init: a working directory and, unless there is one, its store.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, isDvError, utf8 } from '../base/index.js'
import { chunkerParams, DEFAULT_CHUNK_AVG } from '../chunker/index.js'
import { placeNewFile, temporaryName, writeFileAtomic } from '../files/index.js'
import { branchRef } from '../refs/index.js'
import {
  createStoreFormat,
  newWorkdirId,
  readStoreFormat,
  STORE_FORMAT_NAME,
  type StoreFormat,
} from '../repo/index.js'
import { createDirectoryStorage, makeFolder } from '../storage/index.js'
import { createWorkdir, DEFAULT_IGNORE_TEXT, DV_FOLDER, IGNORE_FILE } from '../workspace/index.js'
import { registerWorkdir } from './worktree-list.js'
import type { InitResult } from './results.js'
import type { InitOptions, Surroundings } from './types.js'

export async function init(surroundings: Surroundings, options: InitOptions): Promise<InitResult> {
  let ignoreFile = false
  let gitExclude = false
  const made = await createRepository(surroundings, options, (root) => {
    ignoreFile = writeIgnoreFile(root)
    gitExclude = excludeFromGit(root)
  })
  return {
    directory: made.workdir.root,
    store: made.workdir.store,
    branch: made.branch,
    chunkSize: made.format.chunker.avg,
    storeExisted: made.storeExisted,
    ignoreFile,
    gitExclude,
  }
}

/** Makes the working directory and opens or makes its store. What ends early can be done again: the record that makes
 * the folder a working directory is written last, after `beside` has made what belongs to it. */
export async function createRepository(
  surroundings: Surroundings,
  options: InitOptions,
  beside: (root: string) => void = () => {},
) {
  const root = path.resolve(surroundings.cwd, options.directory ?? '.')
  const store = options.store
    ? path.resolve(surroundings.cwd, options.store)
    : path.join(root, DV_FOLDER, 'store')
  const branch = options.branch ?? 'main'
  branchRef(branch)
  if (options.chunkSize !== undefined) chunkerParams(options.chunkSize)
  refuseExisting(root)
  refuseAmongFiles(root, store)
  makeRoot(root)
  const opened = await openOrCreateStore(store, { surroundings, chunkSize: options.chunkSize })
  const known = { id: newWorkdirId(), root: fs.realpathSync(root) }
  await registerWorkdir(opened.storage, known)
  beside(known.root)
  const head = { kind: 'branch', branch } as const
  const workdir = createWorkdir(known.root, { id: known.id, store: fs.realpathSync(store), head })
  opened.storage.close()
  return { workdir, branch, ...opened }
}

function refuseExisting(root: string): void {
  if (!fs.existsSync(path.join(root, DV_FOLDER, 'workdir.json'))) return
  throw new DvError('DV_ALREADY_EXISTS', `There is already a dv repository in '${root}'`, {
    data: { path: root },
    hint: "'dv status' shows what is in it",
  })
}

/** A store inside the tree would be recorded in itself. */
function refuseAmongFiles(root: string, store: string): void {
  const inner = path.relative(root, store).split(path.sep)
  if (inner[0] === '..' || inner[0] === DV_FOLDER || path.isAbsolute(inner[0]!)) return
  throw new DvError('DV_USAGE', `The store '${store}' would lie among the files it is to hold`, {
    data: { store, root },
    hint: "name a folder outside, or leave out --store: it is then in '.dv'",
  })
}

function makeRoot(folder: string): void {
  try {
    makeFolder(folder)
  } catch (error) {
    throw fromSystemError(error, 'create', folder)
  }
}

/** An existing store keeps its parameters. Throws DV_FORMAT_MISMATCH when others were asked for. */
export async function openOrCreateStore(
  folder: string,
  { surroundings, chunkSize }: { surroundings: Surroundings; chunkSize: number | undefined },
) {
  if (!fs.existsSync(path.join(folder, STORE_FORMAT_NAME))) refuseForeignFolder(folder)
  const storage = createDirectoryStorage(folder)
  let format: StoreFormat
  try {
    format = await readStoreFormat(storage, 'write')
  } catch (error) {
    if (!isDvError(error, 'DV_NO_STORE')) throw error
    format = await createStoreFormat(storage, {
      avg: chunkSize ?? DEFAULT_CHUNK_AVG,
      now: surroundings.clock(),
    })
    return { storage, format, storeExisted: false }
  }
  if (chunkSize !== undefined && chunkSize !== format.chunker.avg) {
    throw new DvError(
      'DV_FORMAT_MISMATCH',
      `The store '${folder}' cuts files into chunks of ${format.chunker.avg} bytes on average, not ${chunkSize}`,
      {
        data: { store: folder, has: format.chunker.avg, wanted: chunkSize },
        hint: 'leave out --chunk-size, or name another store',
      },
    )
  }
  return { storage, format, storeExisted: true }
}

/** A store is not made among files that are something else. */
function refuseForeignFolder(folder: string): void {
  if (!fs.existsSync(folder)) return
  const foreign = fs.readdirSync(folder).filter((name) => name !== 'tmp')
  if (foreign.length === 0) return
  throw new DvError('DV_ALREADY_EXISTS', `The folder '${folder}' is not empty and is no dv store`, {
    data: { path: folder, holds: foreign.slice(0, 5) },
    hint: 'name an empty or new folder for the store',
  })
}

/** Whole and durable before the working directory is one. False: there is one already. */
function writeIgnoreFile(root: string): boolean {
  const file = path.join(root, IGNORE_FILE)
  if (fs.existsSync(file)) return false
  try {
    makeFolder(path.join(root, DV_FOLDER))
  } catch (error) {
    throw fromSystemError(error, 'create', root)
  }
  const temporary = temporaryName(path.join(root, DV_FOLDER, 'ignore'))
  writeFileAtomic(temporary, utf8(DEFAULT_IGNORE_TEXT), { sync: true })
  placeNewFile(temporary, file)
  return true
}

/** Keeps `.dv` out of the git repository around it, in a file of git's that is not shared. */
function excludeFromGit(root: string): boolean {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const git = path.join(folder, '.git')
    if (fs.statSync(git, { throwIfNoEntry: false })?.isDirectory())
      return appendExclude(path.join(git, 'info', 'exclude'))
    if (folder === path.dirname(folder)) return false
  }
}

function appendExclude(file: string): boolean {
  try {
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
    if (text.split(/\r?\n/).includes(`${DV_FOLDER}/`)) return true
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.appendFileSync(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${DV_FOLDER}/\n`)
    return true
  } catch (error) {
    throw fromSystemError(error, 'write', file)
  }
}
