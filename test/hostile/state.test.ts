// A folder that somebody packed, `.dv` and all: what its files say goes through every verb, and nothing around changes.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Repository } from '../../src/api/index.js'
import { DvError } from '../../src/base/index.js'
import { seal, unseal } from '../../src/codec/index.js'
import { encodeRoot, readRoot } from '../../src/index/index.js'
import { encodeTombstone, tombstoneKey } from '../../src/index/collections.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { encodePromises, PROMISES_KEY } from '../../src/store/promises.js'
import { collect, NO_COMMIT_OPTIONS, testRepository } from '../helpers/repository.js'
import { howMany, lots } from '../helpers/torture.js'
import { watched } from './watched.js'

const NOBODYS = 'ab'.repeat(32)
/** What a path in a record may say, and no file may be. */
const PATHS = [
  '../beside',
  '../../../tmp/dv-forged',
  '/tmp/dv-forged',
  '.git/config',
  'data/../../beside',
  '.GIT/x',
  '.dv/config',
  '',
]
const REFS = [
  '../x',
  '../../../beside',
  'a/../../x',
  '-rf',
  'HEAD',
  'a\x1b[2Jb',
  'x'.repeat(5000),
  '',
  NOBODYS,
]

interface World {
  root: string
  /** The folder around `root`. */
  parent: string
  /** A commit, and the manifest of one, which is no commit. */
  commit: string
  manifest: string
  /** Puts `.dv` and the files back to where a merge with a conflict is under way. */
  reset(): void
  open(): Promise<Repository>
}

async function world(t: ExecutionContext): Promise<World> {
  const made = await testRepository(t, { 'a.txt': 'one\n', 'data/b.bin': 'b' })
  const { root, repository, write, commit } = made
  const parent = path.dirname(root)
  await repository.addRemote({ name: 'far', url: path.join(parent, 'far') })
  await repository.push({
    remote: 'far',
    refs: ['main'],
    all: false,
    tags: false,
    setUpstream: true,
    forceWithLease: false,
  })
  await repository.switch({ to: 'topic', create: true, detach: 'never', force: false })
  write({ 'a.txt': 'topic\n', 'c.txt': 'c' })
  await commit('Topic')
  await repository.switch({ to: 'main', create: false, detach: 'never', force: false })
  write({ 'a.txt': 'main\n' })
  const main = (await commit('Main')).commit.id
  await repository.merge({ revision: 'topic', fastForward: 'allowed' })
  fs.mkdirSync(path.join(root, '.git'))
  fs.writeFileSync(path.join(root, '.git/config'), 'git')
  fs.writeFileSync(path.join(parent, 'beside'), 'beside')
  const kept = path.join(parent, 'home/kept')
  fs.cpSync(root, kept, { recursive: true, preserveTimestamps: true })
  const { ours, tree } = unseal(fs.readFileSync(path.join(root, '.dv/merge')), 'merge') as Record<
    string,
    string
  >
  t.is(ours, main)
  return {
    ...{ root, parent, commit: main, manifest: tree! },
    reset() {
      fs.rmSync(root, { recursive: true })
      fs.cpSync(kept, root, { recursive: true, preserveTimestamps: true })
    },
    open: () => made.apiAt(root).open(),
  }
}

const WORK = { force: false }
const VERBS: Record<string, (repository: Repository, world: World) => Promise<unknown>> = {
  status: (r) => r.status({ all: true, paths: [], rehash: false }),
  log: (r) => collect(r.log({ revisions: [], paths: [], all: true, changes: true, topological: false })),
  diff: (r) => collect(r.operations({})),
  'merge --ours': (r) => r.resolveMerge({ side: 'ours', paths: [] }),
  'merge --continue': (r) => r.continueMerge({}),
  'merge --abort': (r) => r.abortMerge({}),
  undo: (r) => r.undo({}),
  switch: (r) => r.switch({ to: 'topic', create: false, detach: 'auto', force: true }),
  restore: (r) => r.restore({ source: 'topic', paths: ['**'] }),
  sparse: (r) => r.sparse({ patterns: ['data/**'], ...WORK }),
  commit: (r) => r.commit({ ...NO_COMMIT_OPTIONS, message: 'x', allowEmpty: true }),
  'undo again': (r) => r.undo({}),
  worktree: (r) => r.worktrees(),
  fetch: (r) => r.fetch({ remote: 'far', all: false, prune: true, tags: true }),
  push: (r) =>
    r.push({
      remote: 'far',
      refs: ['main'],
      all: false,
      tags: true,
      setUpstream: false,
      forceWithLease: false,
    }),
  gc: (r) => r.gc({ now: true, dryRun: false, operations: 0 }),
  fsck: (r) => r.fsck({ deep: true }),
}

/** Some of them, others on another day; in full by the torture runner. */
function some<T>(name: string, all: readonly T[]): T[] {
  const lot = lots(name)
  const drawn = all.map((item) => ({ item, at: lot() })).sort((a, b) => a.at - b.at)
  return drawn.slice(0, howMany({ daily: 2, torture: Infinity })).map(({ item }) => item)
}

/** Runs every verb on what `forge` made of the world; each ends well or in an error of dv, and nothing around changes. */
async function throughVerbs(
  t: ExecutionContext,
  { world, title }: { world: World; title: string },
  forge: () => Promise<void> | void,
) {
  const around = () => [
    ...watched(world.parent, ['work', 'home', 'far']),
    ...watched(path.join(world.root, '.git')),
  ]
  world.reset()
  const before = around()
  await forge()
  for (const [verb, run] of Object.entries(VERBS)) {
    const error = await world
      .open()
      .then((repository) => run(repository, world).finally(() => repository.close()))
      .then(
        () => undefined,
        (failure: unknown) => failure,
      )
    t.true(error === undefined || error instanceof DvError, `${title}, ${verb}: ${(error as Error)?.stack}`)
    t.deepEqual(around(), before, `${title}, ${verb}`)
  }
  t.false(fs.existsSync('/tmp/dv-forged'))
}

/** A state file with one field changed, for each value. */
function changes(
  record: Record<string, unknown>,
  values: Record<string, readonly unknown[]>,
): Record<string, unknown>[] {
  return Object.entries(values).flatMap(([field, list]) =>
    list.map((value) => ({ ...record, [field]: value })),
  )
}

function stateRecords(file: string, { root, commit, manifest }: World): Record<string, unknown>[] {
  const record = fs.existsSync(path.join(root, '.dv', file))
    ? unseal(fs.readFileSync(path.join(root, '.dv', file)), file)
    : {}
  const conflicts = record['conflicts'] as Record<string, unknown>[]
  switch (file) {
    case 'workdir.json':
      return changes(record, {
        store: ['../../beside', '/etc', '..', 'a\0b', '../far', ''],
        id: ['../x', '', 'x'.repeat(5000)],
      })
    case 'head':
      return [
        ...REFS.map((branch) => ({ branch })),
        { commit: NOBODYS },
        { commit: manifest },
        { branch: 'main', unfinished: [-1, 2 ** 40] },
      ]
    case 'sparse':
      return [...PATHS, '{1..999}{1..999}', '!'].map((pattern) => ({
        patterns: [pattern],
        before: ['**', pattern],
      }))
    case 'checkout':
      return [NOBODYS, manifest, commit].map((to) => ({ to }))
    case 'merge':
      return [
        ...PATHS.flatMap((at) => [
          ...['path', 'ours', 'theirs'].map((field) => ({
            ...record,
            conflicts: [{ ...conflicts[0], [field]: at, markers: false }],
          })),
          { ...record, beyond: [at] },
        ]),
        ...changes(record, {
          tree: [NOBODYS, commit],
          shown: [NOBODYS, commit],
          before: [NOBODYS, commit],
          theirs: [NOBODYS, manifest],
          pending: [manifest, NOBODYS],
        }),
        { ...record, labels: { ours: '../../beside', theirs: '/tmp/dv-forged' } },
      ]
    default:
      return []
  }
}

for (const file of ['workdir.json', 'head', 'sparse', 'checkout', 'merge'])
  test(`what .dv/${file} says leads nowhere, whatever verb reads it`, async (t) => {
    const made = await world(t)
    const records = stateRecords(file, made)
    t.true(records.length >= 3)
    for (const record of some(file, records)) {
      const title = JSON.stringify(record).slice(0, 300)
      await throughVerbs(t, { world: made, title }, () =>
        fs.writeFileSync(path.join(made.root, '.dv', file), seal(record)),
      )
    }
  })

test('what merges were before, as .dv/merges has it, leads nowhere when it is undone', async (t) => {
  const made = await world(t)
  const merge = unseal(fs.readFileSync(path.join(made.root, '.dv/merge')), 'merge')
  const { changes: known } = unseal(fs.readFileSync(path.join(made.root, '.dv/merges')), 'merges') as {
    changes: { operation: string }[]
  }
  for (const at of some('merges', PATHS)) {
    const [conflict] = merge['conflicts'] as object[]
    const before = {
      ...merge,
      conflicts: [{ ...conflict, ours: at, theirs: at, markers: false }],
      beyond: [at],
    }
    await throughVerbs(t, { world: made, title: at }, () =>
      fs.writeFileSync(
        path.join(made.root, '.dv/merges'),
        seal({ changes: known.map(({ operation }) => ({ operation, before })) }),
      ),
    )
  }
})

test('what operations say is taken back, and kept, by the rules of refs and paths', async (t) => {
  const made = await world(t)
  const folder = path.join(made.root, '.dv/store/operations')
  const [workdir] = fs.readdirSync(folder)
  const state = (target: string) => ({ target, operation: 'w-1-00112233' })
  const wrong = (ref: string, target: string) => ({
    refs: [{ ref, before: state(target), after: { target: made.commit } }],
  })
  const records: object[] = [
    ...[...REFS.map((name) => `refs/heads/${name}`), 'dv.json', '../../../beside', 'refs/remotes/../x'].map(
      (ref) => wrong(ref, made.commit),
    ),
    wrong('refs/heads/main', made.manifest),
    wrong('refs/heads/main', NOBODYS),
    ...REFS.map((branch) => ({
      head: { before: { branch }, after: { branch: 'main', commit: made.commit } },
    })),
    { saved: NOBODYS, worktree: { before: NOBODYS, after: made.commit } },
    { saved: made.commit },
    { worktree: { before: made.commit, after: made.manifest } },
    { undoes: '../../beside' },
    { undoes: `${workdir}-99999-00112233` },
  ]
  for (const record of some('operations', records))
    await throughVerbs(t, { world: made, title: JSON.stringify(record).slice(0, 300) }, () => {
      const n = fs.readdirSync(path.join(folder, workdir!)).length + 1
      const own = {
        version: 1,
        n,
        id: `${workdir}-${n}-00112233`,
        time: 1,
        verb: 'switch',
        args: ['\x1b[2J'],
        refs: [],
      }
      fs.writeFileSync(
        path.join(folder, workdir!, `${n}`.padStart(newest(folder, workdir!).length, '0')),
        seal({ ...own, ...record }),
      )
    })
})

function newest(folder: string, workdir: string): string {
  return fs.readdirSync(path.join(folder, workdir)).sort().at(-1)!
}

test('promises and collections that were made up lead nowhere', async (t) => {
  const made = await world(t)
  const packs = fs.readdirSync(path.join(made.root, '.dv/store/packs'))
  const storeOf = () => openDirectoryStorage(path.join(made.root, '.dv/store'))
  for (const remote of some('promises', ['far', '../../beside', 'nobody']))
    await throughVerbs(t, { world: made, title: `promised by ${remote}` }, async () => {
      const promised = { lazy: true, away: new Set(packs), commits: new Set([made.commit, NOBODYS]) }
      const storage = storeOf()
      await storage.compareAndSwap(PROMISES_KEY, undefined, encodePromises(new Map([[remote, promised]])))
      storage.close()
    })
  for (const state of ['marked', 'deleting'] as const)
    await throughVerbs(t, { world: made, title: `${state} packs that are needed` }, async () => {
      const storage = storeOf()
      const id = '0123456789abcdef'.repeat(2)
      await storage.put(
        tombstoneKey(id),
        encodeTombstone(packs.map((name) => ({ key: `packs/${name}`, bytes: 10, garbage: 10 }))),
      )
      const { root, version } = await readRoot(storage)
      await storage.compareAndSwap(
        'index/root',
        version,
        encodeRoot({ ...root, collections: [{ id, state }] }),
      )
      storage.close()
    })
})
