// What is remembered of checks: shown with the commit, sent and fetched with branches, joined whoever was first.
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { CHECK_NOTES, joinNotes, notesOf, recordNote } from '../../src/api/check-notes.js'
import type { CommitChecks, Repository } from '../../src/api/index.js'
import type { Note } from '../../src/checks/index.js'
import { parseId } from '../../src/hash/index.js'
import { readRef } from '../../src/refs/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { transfer } from '../../src/transfer/index.js'
import { headWithChecks } from '../helpers/logged.js'
import { collect, testRepository, temporaryFolder } from '../helpers/repository.js'

const RULES = 'version: 1\ntables: [{path: t.csv, columns: {secret: {max: 3}}}]\n'
const FILES = { 't.csv': 'secret\n1\n777\n', 'dv.checks.yaml': RULES }
const PUSH = { refs: [], all: false, tags: false, setUpstream: false, forceWithLease: false }
const FETCH = { all: false, tags: true, prune: false }
const CLONE = { checkout: true, sparse: [], lazy: false }

async function check(repository: Repository) {
  return collect(repository.check({ paths: [] }))
}

async function shown(repository: Repository, revision = 'HEAD'): Promise<CommitChecks[]> {
  const [first] = await collect(repository.show({ revision, content: false, context: 3 }))
  return first?.type === 'commit' ? (first.checks ?? []) : []
}

test('a check of a commit is remembered, and shown with it; values are not', async (t) => {
  const { repository, internals } = await testRepository(t, FILES)
  t.deepEqual(await shown(repository), [])
  await check(repository)
  const [checks, ...more] = await shown(repository)
  t.like(checks, { outcome: 'failed', passed: 0, failed: 1, errors: 0, skipped: 0 })
  t.deepEqual(checks!.found, [
    {
      ...{ rule: 'tables[0].columns.secret.max', name: 't.csv', outcome: 'failed', path: 't.csv', count: 1 },
      findings: [{ row: 2, column: 'secret' }],
    },
  ])
  t.deepEqual(more, [])
  t.deepEqual((await headWithChecks({ repository })).checks, [checks!])
  t.false(JSON.stringify(checks).includes('777'))
  const { storage } = await internals()
  const before = await readRef(storage, CHECK_NOTES)
  await check(repository)
  t.deepEqual(await readRef(storage, CHECK_NOTES), before, 'the same again moves nothing')
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
  t.is((await repository.undo({})).undone.verb, 'commit', 'an undo takes back work, not what was learned')
})

test('a part of the rules, other rules and what is not committed are not remembered', async (t) => {
  const { repository, write } = await testRepository(t, FILES)
  await collect(repository.check({ paths: ['t.csv'] }))
  await collect(repository.check({ paths: [], rules: 'dv.checks.yaml' }))
  await collect(repository.check({ paths: [], against: 'HEAD' }))
  write({ 't.csv': 'secret\n2\n' })
  await check(repository)
  t.deepEqual(await shown(repository), [])
})

test('notes go with a push, come with a clone and a fetch, and outlive a collection', async (t) => {
  const folder = temporaryFolder(t)
  const url = path.join(folder, 'remote')
  const one = await testRepository(t, FILES)
  await one.repository.addRemote({ name: 'origin', url })
  await check(one.repository)
  await one.repository.push({ ...PUSH, remote: 'origin' })
  const [told] = await shown(one.repository)
  await one.apiAt(folder).clone({ ...CLONE, url, directory: 'copy' })
  await one.apiAt(folder).clone({ ...CLONE, url, directory: 'lazy', lazy: true })
  const [copy, lazy] = [
    await one.openAt(path.join(folder, 'copy')),
    await one.openAt(path.join(folder, 'lazy')),
  ]
  t.deepEqual(await shown(copy), [told!])
  t.deepEqual(await shown(lazy), [told!])

  one.write({ 't.csv': 'secret\n1\n' })
  await one.commit('Second')
  await check(one.repository)
  await one.repository.push({ ...PUSH, remote: 'origin' })
  await copy.fetch({ ...FETCH })
  t.like((await shown(copy, 'origin/main'))[0], { outcome: 'passed' })
  await copy.gc({ now: true, dryRun: false })
  t.like((await shown(copy, 'origin/main'))[0], { outcome: 'passed' })
  t.deepEqual((await copy.fsck({ deep: true })).problems, [])

  const there = path.join(folder, 'mirror')
  await one.api.mirror({ from: url, to: there, prune: false, force: false })
  await one.apiAt(folder).clone({ ...CLONE, url: there, directory: 'third' })
  t.is((await shown(await one.openAt(path.join(folder, 'third')))).length, 1)
})

test('of commits that were not pushed the remote learns nothing', async (t) => {
  const url = path.join(temporaryFolder(t), 'remote')
  const { repository, write, commit } = await testRepository(t, FILES)
  await repository.addRemote({ name: 'origin', url })
  await repository.push({ ...PUSH, remote: 'origin' })
  write({ 't.csv': 'secret\n1\n' })
  const { commit: second } = await commit('Second')
  await check(repository)
  await repository.createBranch({ name: 'old', start: 'HEAD~1', force: false })
  await repository.push({ ...PUSH, remote: 'origin', refs: ['old'] })
  const storage = openDirectoryStorage(url)
  t.teardown(() => storage.close())
  const store = new ObjectStore(storage)
  t.deepEqual(await (await notesOf({ storage, store } as never))(parseId<'commit'>(second.id)), [])
})

function note(time: number, failed: number): Note {
  return { outcome: failed ? 'failed' : 'passed', passed: 1, failed, errors: 0, skipped: 0, time, found: [] }
}

test('law: joined either way, two stores know the same: of each the latest', async (t) => {
  const noted = fc.record({ commit: fc.nat(2), rules: fc.nat(1), time: fc.nat(3), failed: fc.nat(2) })
  const key = ({ commit, rules }: { commit: number; rules: number }) => `${commit} ${rules}`
  const some = fc.uniqueArray(noted, { selector: key, minLength: 1, maxLength: 5 })
  const hex = (n: number) => String(n).padStart(64, '0')
  await fc.assert(
    fc.asyncProperty(some, some, async (left, right) => {
      const stores = []
      for (const all of [left, right]) {
        const context = await (await testRepository(t)).internals()
        for (const { commit, rules, time, failed } of all) {
          const about = { commit: parseId<'commit'>(hex(commit)), rules: hex(rules) }
          await recordNote(context, { ...about, note: note(time, failed) })
        }
        stores.push(context.store)
      }
      const [a, b] = stores as [ObjectStore, ObjectStore]
      await bringNotes(a, b)
      await bringNotes(b, a)
      t.deepEqual((await target(a)).equals(await target(b)), true, 'the same knowledge is the same commit')
      const known = await Promise.all(
        [0, 1, 2].map(async (n) =>
          (await notesOf({ storage: a.storage, store: a } as never))(parseId<'commit'>(hex(n))),
        ),
      )
      const latest = new Map<string, number>()
      for (const one of [...left, ...right])
        latest.set(key(one), Math.max(one.time, latest.get(key(one)) ?? 0))
      const times = known.flatMap((notes, commit) =>
        notes.map(({ rules, time }) => [`${commit} ${Number(rules)}`, time] as const),
      )
      t.deepEqual(new Map([...times].sort()), new Map([...latest].sort()))
    }),
    { numRuns: 15 },
  )
})

async function target({ storage }: ObjectStore): Promise<Buffer> {
  return Buffer.from((await readRef(storage, CHECK_NOTES))!.value.target)
}

async function bringNotes(from: ObjectStore, to: ObjectStore): Promise<void> {
  const { target: others } = (await readRef(from.storage, CHECK_NOTES))!.value
  await transfer({ source: from, target: to, commits: [others], haves: [] })
  await joinNotes(to, 1, { others })
}
