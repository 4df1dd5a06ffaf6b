// A remote whose objects were deleted or altered: push, fetch and clone say so by a code of their own, nothing here is
// lost, and the rest of the remote is left as it was.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { DvError } from '../../src/base/index.js'
import { seal } from '../../src/codec/index.js'
import { type TestRepository, testRepository } from '../helpers/repository.js'

const PUSH = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const FETCH = { all: false, prune: false, tags: true }
const DAMAGE = ['DV_CORRUPT', 'DV_MISSING_OBJECT']

/** Ada's repository, which pushed twice to '../remote', and Bob's, which has the first of both commits. */
async function behind(t: ExecutionContext) {
  const ada = await testRepository(t, { 'a.txt': 'a\n' })
  await ada.repository.addRemote({ name: 'origin', url: '../remote' })
  await ada.repository.push(PUSH)
  await ada.apiAt('..').clone({ url: 'remote', directory: 'bob', sparse: [], checkout: true })
  const remote = path.join(ada.root, '../remote')
  const before = new Set(fs.readdirSync(path.join(remote, 'packs')))
  ada.write({ 'b.txt': 'b\n'.repeat(100), 'c.txt': 'c\n' })
  await ada.commit('Second')
  await ada.repository.push(PUSH)
  const packs = fs.readdirSync(path.join(remote, 'packs')).filter((name) => !before.has(name))
  return {
    ada,
    bob: await ada.openAt('../bob'),
    remote,
    packs: packs.map((name) => path.join(remote, 'packs', name)),
  }
}

/** The failure is told with what to do, and the repository is whole. */
async function failsSafely(
  t: ExecutionContext,
  work: () => Promise<unknown>,
  { codes, repository }: { codes: readonly string[]; repository: TestRepository['repository'] },
): Promise<void> {
  const error = (await t.throwsAsync(work)) as DvError
  t.true(codes.includes(error.code), `${error.code}: ${error.message}`)
  t.truthy(error.hint, error.message)
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
}

const DAMAGES: Record<string, (file: string) => void> = {
  deleted: (file) => fs.rmSync(file),
  'cut short': (file) => fs.truncateSync(file, 40),
  altered: (file) => {
    const bytes = fs.readFileSync(file)
    for (let at = 20; at < bytes.length; at += 7) bytes[at]! ^= 0x55
    fs.chmodSync(file, 0o644)
    fs.writeFileSync(file, bytes)
  },
}

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`fetch and clone of a remote whose packs were ${what} fail, and nothing here is lost`, async (t) => {
    const { ada, bob, packs } = await behind(t)
    packs.forEach(damage)
    const refs = (await bob.refNames()).remoteBranches
    await failsSafely(t, () => bob.fetch(FETCH), { codes: DAMAGE, repository: bob })
    await failsSafely(t, () => bob.pull({ fastForward: 'allowed' }), { codes: DAMAGE, repository: bob })
    await failsSafely(t, () => bob.sync({}), { codes: DAMAGE, repository: bob })
    t.deepEqual((await bob.refNames()).remoteBranches, refs)
    const clone = () => ada.apiAt('..').clone({ url: 'remote', directory: 'c', sparse: [], checkout: true })
    await failsSafely(t, clone, { codes: DAMAGE, repository: bob })
    t.false(fs.existsSync(path.join(ada.root, '../c')), 'what failed for good leaves nothing')
  })
}

test('a remote whose branch was altered is told as damaged, and is not pushed to', async (t) => {
  const { ada, bob, remote } = await behind(t)
  const versions = path.join(remote, 'cas/refs/heads/main')
  const files = fs
    .readdirSync(versions, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(versions, name))
  for (const file of files) if (fs.statSync(file).isFile()) DAMAGES['altered']!(file)
  await failsSafely(t, () => bob.fetch(FETCH), { codes: DAMAGE, repository: bob })
  await ada.commit('Third', { allowEmpty: true })
  await failsSafely(t, () => ada.repository.push(PUSH), { codes: DAMAGE, repository: ada.repository })
})

test('a remote of a newer format is told as one, by every way to it, and stays as it is', async (t) => {
  const { ada, bob, remote } = await behind(t)
  const file = path.join(remote, 'dv.json')
  fs.chmodSync(file, 0o644)
  fs.writeFileSync(file, seal({ format: 2, later: true }))
  await ada.commit('Third', { allowEmpty: true })
  const how = { codes: ['DV_NEWER_FORMAT'], repository: bob }
  await failsSafely(t, () => bob.fetch(FETCH), how)
  await failsSafely(t, () => bob.sync({}), how)
  await failsSafely(t, () => ada.repository.push(PUSH), how)
  await failsSafely(
    t,
    () => ada.apiAt('..').clone({ url: 'remote', directory: 'c', sparse: [], checkout: true }),
    how,
  )
  const mirror = { from: '../remote', to: '../copy', prune: false, force: false }
  await failsSafely(t, () => ada.api.mirror(mirror), how)
  t.false(fs.existsSync(path.join(ada.root, '../copy')))
})
