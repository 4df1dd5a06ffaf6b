// Stores that lost something, as remotes and as clones of them: all else comes, what is lost is known for lost, and comes
// back from whoever has it.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Repository } from '../../src/api/index.js'
import { readRef } from '../../src/refs/index.js'
import { ObjectStore, readLostItems } from '../../src/store/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { change, damageIn } from '../helpers/damage.js'
import { noise } from '../helpers/noise.js'
import { NO_COMMIT_OPTIONS, testRepository, type TestRepository } from '../helpers/repository.js'

const PUSH = { refs: [], all: true, tags: true, setUpstream: false, forceWithLease: false } as const
const CLONE = { sparse: [], lazy: false, checkout: true, dryRun: false } as const
const FETCH = { all: false, prune: false, tags: true } as const
const FILES = { 'a/lost': 'nobody has this', 'a/other': 'other', table: 'x,y\n' }

/** A repository, pushed to 'origin'; both in one folder. */
async function pushed(t: ExecutionContext, files = FILES) {
  const made = await testRepository(t, files)
  const folder = path.dirname(made.root)
  const remote = path.join(folder, 'remote')
  await made.repository.addRemote({ name: 'origin', url: remote })
  await made.repository.push({ ...PUSH, remote: 'origin' })
  return { ...made, folder, remote }
}

type World = Awaited<ReturnType<typeof pushed>>

/** The clone of a store, opened. */
async function cloned({ apiAt, openAt, remote }: World, name: string, options = {}) {
  const result = await apiAt('..').clone({ ...CLONE, url: remote, directory: name, ...options })
  const api = apiAt(`../${name}`)
  await api.config.set('user.name', 'Bob', 'repository')
  await api.config.set('user.email', 'bob@example.org', 'repository')
  return { result, root: result.directory, repository: await openAt(`../${name}`), api }
}

/** Files of which fsck says that they are lost, with the refs that hold them. */
async function lostBy({ api }: Pick<TestRepository, 'api'>) {
  const { problems } = await api.fsck({ deep: false })
  return problems.flatMap(({ object, reaches }) =>
    reaches.flatMap(({ path, refs }) => (refs.length > 0 ? [`${object} ${path} ${refs.join(' ')}`] : [])),
  )
}

async function notedIn(root: string): Promise<number> {
  const storage = openDirectoryStorage(path.join(root, '.dv/store'), { readOnly: true })
  return (await readLostItems(storage)).count
}

function filesIn(root: string): string[] {
  return fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('.dv') && fs.statSync(path.join(root, name)).isFile())
    .sort()
}

/** Takes away the packs in which a content stands, from whichever store is in a folder. */
function losePacks(store: string, content: Buffer): void {
  const packs = path.join(store, 'packs')
  for (const name of fs.readdirSync(packs))
    if (fs.readFileSync(path.join(packs, name)).includes(content)) fs.rmSync(path.join(packs, name))
}

test('a clone of a store that lost a chunk has all else, names the file, and knows what is lost', async (t) => {
  const made = await pushed(t)
  damageIn(made.remote, 'nobody has')
  const clone = await cloned(made, 'copy')
  t.like(clone.result, { lost: { objects: 1, refs: [] }, checkout: { written: 2, lost: { count: 1 } } })
  t.deepEqual(filesIn(clone.root), ['a/other', 'table'])
  t.deepEqual(await lostBy(clone), ['chunk a/lost main origin/main'])
  t.is(await notedIn(clone.root), 1)
  const status = await clone.repository.status({ all: true, paths: [], rehash: false })
  t.like(status, { clean: true, lost: { paths: ['a/lost'] } })
})

for (const how of ['fetch', 'repair'] as const)
  test(`a ${how} from a store that has it heals such a clone`, async (t) => {
    const made = await pushed(t)
    damageIn(made.remote, 'nobody has')
    const clone = await cloned(made, 'copy')
    await clone.repository.addRemote({ name: 'good', url: made.root })
    if (how === 'fetch') await clone.repository.fetch({ ...FETCH, remote: 'good' })
    else await clone.api.repair({ dryRun: false })
    t.deepEqual((await clone.api.fsck({ deep: true })).problems, [])
    t.is(await notedIn(clone.root), 0)
    const again = await made.openAt('../copy')
    await again.restore({ paths: ['.'] })
    t.deepEqual(filesIn(clone.root), ['a/lost', 'a/other', 'table'])
  })

test('fetch and pull bring what is left, and say that something is not', async (t) => {
  const made = await pushed(t)
  const clone = await cloned(made, 'copy')
  made.write({ 'b/gone': 'this goes', 'b/stays': 'this stays' })
  await made.commit('Second')
  await made.repository.push({ ...PUSH, remote: 'origin' })
  damageIn(made.remote, 'this goes')
  const [fetched] = await clone.repository.fetch({ ...FETCH, remote: 'origin' })
  t.like(fetched, { lost: { objects: 1 }, updates: [{ name: 'main', outcome: 'fast-forward' }] })
  const pulled = await clone.repository.pull({ remote: 'origin', fastForward: 'allowed' })
  t.is(pulled.fetch.lost, undefined)
  t.like(pulled.merge, { outcome: 'fast-forward', lost: { count: 1, items: [{ path: 'b/gone' }] } })
  t.true(filesIn(clone.root).includes('b/stays'))
  t.deepEqual(await lostBy(clone), ['chunk b/gone main origin/main'])
})

test('a tree of which a node is lost comes as far as it can be read; a branch that is lost itself is named', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`many/${i}`, `${i}`]))
  const made = await pushed(t, { ...FILES, ...many } as never)
  await made.repository.switch({ to: 'side', create: true, detach: 'auto', force: false })
  made.write({ side: 'side' })
  await made.commit('Side')
  await made.repository.push({ ...PUSH, remote: 'origin' })
  await loseCommit(made.remote, 'refs/heads/side')
  const clone = await cloned(made, 'copy', { branch: 'main' })
  t.deepEqual(clone.result.lost?.refs, ['side'])
  t.is(clone.result.checkout.written, 3003)
  t.deepEqual((await clone.api.fsck({ deep: true })).problems, [])
})

/** Damages the commit that a ref names. */
async function loseCommit(store: string, ref: string): Promise<void> {
  const storage = openDirectoryStorage(store, { readOnly: true })
  const { target } = (await readRef(storage, ref))!.value
  const [row] = await new ObjectStore(storage).locate(target)
  const { pack, blockOffset, blockLength } = row!
  change(path.join(store, 'packs', pack), (bytes) =>
    bytes.fill(0, blockOffset + 40, blockOffset + blockLength),
  )
}

test('what is lost here is published nowhere: a push that needs it is refused, and moves no ref', async (t) => {
  const made = await pushed(t)
  damageIn(made.remote, 'nobody has')
  const clone = await cloned(made, 'copy')
  const fresh = path.join(made.folder, 'fresh')
  await clone.repository.addRemote({ name: 'fresh', url: fresh })
  await t.throwsAsync(clone.repository.push({ ...PUSH, remote: 'fresh' }), { code: 'DV_MISSING_OBJECT' })
  t.false(fs.existsSync(path.join(fresh, 'refs/heads/main')))
  fs.writeFileSync(path.join(clone.root, 'table'), 'changed')
  await commitIn(clone.repository)
  // Where the hole came from nothing new is missing.
  await clone.repository.push({ ...PUSH, remote: 'origin' })
  t.is((await made.repository.fetch({ ...FETCH, remote: 'origin' }))[0]!.lost, undefined)
})

test('a chunk made in a lazy clone, never pushed and then lost, is lost and not promised', async (t) => {
  const made = await pushed(t)
  const clone = await cloned(made, 'copy', { lazy: true })
  const own = noise(200_000, 7)
  fs.writeFileSync(path.join(clone.root, 'own'), own)
  const repository = await made.openAt('../copy')
  await commitIn(repository)
  fs.rmSync(path.join(clone.root, 'own'))
  losePacks(path.join(clone.root, '.dv/store'), own.subarray(0, 64))
  const expected = (text: string) => text.includes(' own ') && text.includes('main')
  t.true((await lostBy(clone)).some(expected), 'before the repair')
  const repaired = await clone.api.repair({ dryRun: false })
  t.true(repaired.problems.some(({ reaches }) => reaches.some(({ path }) => path === 'own')))
  const after = await lostBy(clone)
  t.true(after.length > 0 && after.every(expected), after.join('\n'))
  fs.renameSync(made.remote, `${made.remote}-away`)
  t.deepEqual(await lostBy(clone), after)
  fs.renameSync(`${made.remote}-away`, made.remote)
  const checkout = await (await made.openAt('../copy')).sparse({ patterns: undefined, force: false })
  t.like(checkout, { lost: { count: 1, items: [{ path: 'own' }] } })
  t.deepEqual(filesIn(clone.root), ['a/lost', 'a/other', 'table'])
})

test('a fsck that cannot ask says so', async (t) => {
  const made = await pushed(t)
  const clone = await cloned(made, 'copy', { lazy: true })
  const own = noise(200_000, 7)
  fs.writeFileSync(path.join(clone.root, 'own'), own)
  await commitIn(await made.openAt('../copy'))
  losePacks(path.join(clone.root, '.dv/store'), own.subarray(0, 64))
  fs.renameSync(made.remote, `${made.remote}-away`)
  const { unasked } = await clone.api.fsck({ deep: false })
  t.is(unasked?.[0]?.remote, 'origin')
  t.true(unasked![0]!.objects >= 1)
})

async function commitIn(repository: Repository): Promise<void> {
  await repository.commit({ ...NO_COMMIT_OPTIONS, message: 'Own' })
}

test('a full checkout of a lazy clone whose remote lost something writes the rest', async (t) => {
  const files = { ...FILES, big: noise(3_000_000, 3).toString('latin1') }
  const made = await pushed(t, files)
  const clone = await cloned(made, 'copy', { lazy: true })
  damageIn(made.remote, 'nobody has')
  const checkout = await clone.repository.sparse({ patterns: undefined, force: false })
  t.like(checkout, { written: 3, lost: { count: 1, items: [{ path: 'a/lost' }] } })
  t.deepEqual(filesIn(clone.root), ['a/other', 'big', 'table'])
  t.deepEqual(await lostBy(clone), ['chunk a/lost main origin/main'])
  await made.api.repair({ dryRun: false, remote: made.remote })
  await clone.repository.fetch({ ...FETCH, remote: 'origin' })
  t.deepEqual(await lostBy(clone), [])
})
