// What tests of purges begin with: a secret, where it is looked for, and two people.
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import type { PurgeOptions, PushOptions, Repository } from '../../src/api/index.js'
import { noise } from './noise.js'
import { holdersBelow } from './purged-bytes.js'
import { collect, NO_COMMIT_OPTIONS, type TestRepository } from './repository.js'

export const PUSH: PushOptions = {
  ...{ refs: [], all: false, tags: false, setUpstream: false, forceWithLease: false },
}
export const PURGE: PurgeOptions = {
  ...{ paths: [], contents: [], at: [], files: false, dryRun: false },
  reason: 'no consent',
}
export const FETCH = { all: false, prune: false, tags: true }
export const CLONE = { sparse: [], checkout: true }
export const STATUS = { all: true, paths: [], rehash: false }

/** Bytes that no compression hides. */
export const SECRET = noise(9000, 77)
export const MARKERS = [SECRET.subarray(100, 164), SECRET.subarray(5000, 5064), SECRET.subarray(8900, 8964)]

/** Files below a folder that hold any of the secret, packed or not. */
export function holders(folder: string): string[] {
  return holdersBelow(folder, MARKERS)
}

/** Every byte of the store here, and of those of remotes, is sound, and none of the secret is there. */
export async function assertGone(
  t: ExecutionContext,
  {
    repository,
    remotes = [],
    where,
  }: { repository: Repository; remotes?: readonly string[]; where?: string },
): Promise<void> {
  t.deepEqual((await repository.fsck({ deep: true })).problems, [], where)
  t.deepEqual(holders(repository.store), [], where)
  for (const remote of remotes) {
    t.deepEqual((await repository.fsck({ deep: true, remote })).problems, [], where)
    t.deepEqual(holders(remote), [], where)
  }
}

export async function cat(repository: Repository, address: string): Promise<Buffer> {
  return Buffer.concat(await collect((await repository.cat({ address })).content))
}

/** A clone in a folder beside the repository, whose user is Bob. */
export async function cloneOfBob(
  made: TestRepository,
  { directory = 'bob', ...options }: { directory?: string; lazy?: boolean; sparse?: string[] } = {},
): Promise<Repository> {
  const { apiAt, openAt } = made
  await apiAt('..').clone({ ...CLONE, url: 'remote', directory, ...options })
  await nameBob(made, `../${directory}`)
  return openAt(`../${directory}`)
}

export async function nameBob({ apiAt }: TestRepository, directory: string): Promise<void> {
  await apiAt(directory).config.set('user.name', 'Bob', 'repository')
  await apiAt(directory).config.set('user.email', 'bob@example.org', 'repository')
}

export async function commitIn(repository: Repository, message: string): Promise<void> {
  await repository.commit({ ...NO_COMMIT_OPTIONS, message })
}

/** A folder beside the repository's. */
export function beside({ root }: TestRepository, name: string): string {
  return path.join(root, '..', name)
}
