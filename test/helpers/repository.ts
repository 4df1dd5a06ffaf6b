// A real repository in a temporary folder, through the api as a program would use it: the clock stands still unless it
// is moved, the author is Ada, and nothing of the user's own configuration is read.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import {
  type CommitOptions,
  type CommitResult,
  createApi,
  type DvApi,
  type InitOptions,
  type Repository,
} from '../../src/api/index.js'
import { closeContext, type Context, openContext } from '../../src/api/context.js'
import { parseId } from '../../src/hash/index.js'
import { readRef, updateRef } from '../../src/refs/index.js'

/** 2026-01-01T00:00:00Z: what the clock shows at first. */
export const TEST_TIME = Date.UTC(2026, 0, 1)
const MINUTE = 60_000

/** What is to stand at a path: text, bytes, `link()`, `executable()`; undefined removes what is there. */
export type TestFile = string | Uint8Array | { link: string } | { executable: string } | undefined
export type TestFiles = Readonly<Record<string, TestFile>>

export interface TestRepository {
  /** Absolute path of the working directory's top. */
  readonly root: string
  /** The api and the repository as seen from `root`. */
  readonly api: DvApi
  readonly repository: Repository
  /** Writes and removes files; folders come and go as they must. */
  write(files: TestFiles): void
  /** The text of a file. */
  read(file: string): string
  /** All files and links below the root but those of dv, in the order of paths: `a/b`. */
  list(): string[]
  /** Commits the working directory; each commit is a minute later than the one before. */
  commit(message: string, options?: Partial<CommitOptions>): Promise<CommitResult>
  /** The api as seen from another folder, which may be anywhere; relative to `root`. */
  apiAt(directory: string): DvApi
  /** Opens the repository that holds a folder; closed at the end of the test. */
  openAt(directory: string): Promise<Repository>
  /** The rooms below the api, opened on this repository: to make what no verb makes. Closed at the end of the test. */
  internals(): Promise<Context>
  /** Sets a remote-tracking branch as a fetch would: 'origin/main'. */
  setRemoteBranch(name: string, commit: string): Promise<void>
  /** Moves the clock. Milliseconds. */
  advance(milliseconds: number): void
}

export const NO_COMMIT_OPTIONS: CommitOptions = {
  amend: false,
  allowEmpty: false,
  metadata: {},
  paths: [],
  rehash: false,
}

/** An empty folder for one test, removed at its end. */
export function temporaryFolder(t: ExecutionContext): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'dv-test-')))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A new repository for one test, with `files` (if any) committed as 'First'. The root is `<folder>/work`. */
export async function testRepository(
  t: ExecutionContext,
  files?: TestFiles,
  { env = {}, ...options }: Omit<InitOptions, 'directory'> & { env?: Readonly<Record<string, string>> } = {},
): Promise<TestRepository> {
  const folder = temporaryFolder(t)
  const root = path.join(folder, 'work')
  fs.mkdirSync(root)
  const clock = { now: TEST_TIME }
  const surroundings = (cwd: string) => ({
    cwd,
    env: { HOME: path.join(folder, 'home'), ...env },
    clock: () => clock.now,
    zone: 0,
  })
  const api = createApi(surroundings(root))
  await api.init(options)
  fs.rmSync(path.join(root, '.dvignore'))
  await api.config.set('user.name', 'Ada', 'repository')
  await api.config.set('user.email', 'ada@example.org', 'repository')
  const opened = async (from: DvApi) => {
    const repository = await from.open()
    t.teardown(() => repository.close())
    return repository
  }
  const repository = await opened(api)
  const made: TestRepository = {
    root,
    api,
    repository,
    write: (changed) => writeFiles(root, changed),
    read: (file) => fs.readFileSync(path.join(root, file), 'utf8'),
    list: () => listFiles(root),
    apiAt: (directory) => createApi(surroundings(path.resolve(root, directory))),
    openAt: (directory) => opened(made.apiAt(directory)),
    async internals() {
      const context = await openContext(surroundings(root))
      t.teardown(() => closeContext(context))
      return context
    },
    async setRemoteBranch(name, commit) {
      const { storage } = await made.internals()
      const ref = `refs/remotes/${name}`
      const next = { target: parseId<'commit'>(commit), operation: 'test-1-00000000', updated: clock.now }
      await updateRef(storage, ref, { expected: await readRef(storage, ref), next })
    },
    advance: (milliseconds) => void (clock.now += milliseconds),
    commit: (message, given = {}) => {
      clock.now += MINUTE
      return repository.commit({ ...NO_COMMIT_OPTIONS, message, ...given })
    },
  }
  if (files) {
    made.write(files)
    await made.commit('First')
  }
  return made
}

/** All items of a listing. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

function writeFiles(root: string, files: TestFiles): void {
  for (const [name, file] of Object.entries(files)) {
    const full = path.join(root, name)
    fs.rmSync(full, { recursive: true, force: true })
    if (file === undefined) removeEmptyParents(root, full)
    else writeOne(full, file)
  }
}

function writeOne(full: string, file: NonNullable<TestFile>): void {
  fs.mkdirSync(path.dirname(full), { recursive: true })
  if (typeof file === 'string' || file instanceof Uint8Array) fs.writeFileSync(full, file)
  else if ('link' in file) fs.symlinkSync(file.link, full)
  else fs.writeFileSync(full, file.executable, { mode: 0o755 })
}

function removeEmptyParents(root: string, full: string): void {
  for (let folder = path.dirname(full); folder !== root; folder = path.dirname(folder)) {
    if (!fs.existsSync(folder)) continue
    if (fs.readdirSync(folder).length > 0) return
    fs.rmdirSync(folder)
  }
}

function listFiles(root: string, below = ''): string[] {
  return fs
    .readdirSync(path.join(root, below), { withFileTypes: true })
    .filter((entry) => below !== '' || entry.name !== '.dv')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      return entry.isDirectory() ? listFiles(root, name) : [name]
    })
}
