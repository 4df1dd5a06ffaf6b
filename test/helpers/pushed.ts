// A repository that is pushed to a folder beside it, and clones of that.
import fs from 'node:fs'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import type { CloneOptions, PushOptions, Repository } from '../../src/api/index.js'
import { type TestFiles, testRepository } from './repository.js'

export const PUSH: PushOptions = {
  refs: [],
  all: false,
  tags: false,
  setUpstream: false,
  forceWithLease: false,
}
export const CLONE: Omit<CloneOptions, 'url'> = { sparse: [], checkout: true }

export type Cloned = Awaited<ReturnType<Awaited<ReturnType<typeof pushed>>['cloned']>>

export async function pushed(t: ExecutionContext, files: TestFiles) {
  const made = await testRepository(t, files, { chunkSize: 4096 })
  await made.repository.addRemote({ name: 'origin', url: '../remote' })
  await made.repository.push({ ...PUSH, setUpstream: true })
  const remote = path.join(made.root, '../remote')
  const cloned = async (directory: string, options: Partial<CloneOptions> & { from?: string }) => {
    const { from = 'remote', ...rest } = options
    const { received } = await made.apiAt('..').clone({ ...CLONE, ...rest, url: from, directory })
    const api = made.apiAt(`../${directory}`)
    await api.config.set('user.name', 'Bob', 'repository')
    await api.config.set('user.email', 'bob@example.org', 'repository')
    const root = path.join(made.root, '..', directory)
    const repository = await made.openAt(`../${directory}`)
    return { root, repository, received, write: (name: string, text: string) => write(root, name, text) }
  }
  return { ...made, remote, cloned }
}

function write(root: string, name: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
  fs.writeFileSync(path.join(root, name), text)
}

/** Checks a store, and whether what should be absent is. */
export async function whole(t: ExecutionContext, repository: Repository, absent?: 'some' | 'none') {
  const { problems, checked } = await repository.fsck({ deep: true })
  t.deepEqual(problems, [])
  if (absent) t.is(checked.absent > 0, absent === 'some')
}
