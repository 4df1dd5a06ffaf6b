// dv gc: what nothing needs goes, what anything needs stays.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { GcOptions, TagOptions } from '../../src/api/index.js'
import { isDvError } from '../../src/base/index.js'
import { type Id, type ObjectKind, toHex } from '../../src/hash/index.js'
import type { Row } from '../../src/index/index.js'
import { nodeChildren } from '../../src/manifest/index.js'
import { listAllRefs } from '../../src/refs/index.js'
import type { ObjectStore } from '../../src/store/index.js'
import { readHead } from '../../src/workspace/index.js'
import { noise } from '../helpers/noise.js'
import { type TestRepository, testRepository } from '../helpers/repository.js'

/** At once, and nothing can be undone any more. */
const ALL: GcOptions = { now: true, operations: 0, dryRun: false }
const DAY = 86_400_000

function packNames({ root }: TestRepository): string[] {
  return fs.readdirSync(path.join(root, '.dv/store/packs')).sort()
}

function packBytes(repo: TestRepository): number {
  const size = (name: string) => fs.statSync(path.join(repo.root, '.dv/store/packs', name)).size
  return packNames(repo).reduce((sum, name) => sum + size(name), 0)
}

async function requireSound(t: ExecutionContext, { repository }: TestRepository): Promise<void> {
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
}

test('what was amended away goes once its operations are too old, and the rest can be read', async (t) => {
  const repo = await testRepository(t, { 'a.txt': 'hello\n' })
  repo.write({ 'big.bin': noise(3_000_000, 1), 'b.txt': 'kept\n' })
  await repo.commit('A mistake')
  repo.write({ 'big.bin': undefined })
  await repo.commit('Right', { amend: true })
  const kept = await repo.repository.gc({ now: true, dryRun: false })
  t.deepEqual(kept.deleted, { packs: 0, bytes: 0, moved: 0 })
  repo.advance(31 * DAY)
  const result = await repo.repository.gc({ now: true, dryRun: false })
  t.is(result.operations, 3)
  t.true(result.deleted.bytes > 3_000_000, JSON.stringify(result))
  await requireSound(t, repo)
  t.true(packBytes(repo) < 100_000)
  t.deepEqual((await repo.repository.gc(ALL)).deleted, { packs: 0, bytes: 0, moved: 0 })
})

/** Everything that refs and the head lead to, and what chunks of it stand on, by a walk that knows nothing of marks. */
async function needed(repo: TestRepository): Promise<Set<string>> {
  const { store, workdir } = await repo.internals()
  const found = new Set<string>()
  const leaves: Id[] = []
  const waiting: [ObjectKind, Id<ObjectKind>][] = []
  const head = readHead(workdir)
  if (head.kind === 'commit') waiting.push(['commit', head.commit])
  for (const { value } of await listAllRefs(store.storage)) {
    waiting.push(['commit', value.target])
    if (value.tag) waiting.push(['tag', value.tag])
  }
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [kind, id] = next
    if (found.has(toHex(id))) continue
    found.add(toHex(id))
    const { commits, manifests, recipes, values, chunks } = nodeChildren(
      kind,
      await store.readObject(kind, id),
    )
    for (const one of commits) waiting.push(['commit', one])
    for (const one of manifests) waiting.push(['manifest', one])
    for (const one of recipes) waiting.push(['recipe', one])
    leaves.push(...values, ...chunks)
  }
  for (let id = leaves.pop(); id; id = leaves.pop()) {
    if (found.has(toHex(id))) continue
    found.add(toHex(id))
    for (const { bases } of await store.locate(id)) leaves.push(...bases)
  }
  return found
}

async function allRows(store: ObjectStore): Promise<Row[]> {
  await store.index.refresh()
  const rows: Row[] = []
  for (const ref of (await store.index.root()).segments)
    for await (const batch of (await store.index.segment(ref)).rows()) rows.push(...batch)
  return rows
}

type Step =
  | { do: 'write'; path: number; seed: number; size: number }
  | { do: 'edit' | 'remove'; path: number; seed: number }
  | { do: 'commit' | 'amend' | 'undo' | 'leave' | 'gc' }
  | { do: 'branch' | 'delete' | 'switch' | 'tag' | 'untag'; name: number }

const PATHS = ['a', 'b/c', 'b/d', 'long', 'wide/x']
const NAMES = ['main', 'one', 'two']

const seed = fc.nat(5)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      path: fc.nat(4),
      seed,
      size: fc.constantFrom(10, 3000, 60_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('edit' as const, 'remove' as const), path: fc.nat(4), seed }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('commit' as const, 'amend' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('undo' as const, 'leave' as const, 'gc' as const) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'branch' as const,
        'delete' as const,
        'switch' as const,
        'tag' as const,
        'untag' as const,
      ),
      name: fc.nat(2),
    }),
  },
)

async function carryOut(repo: TestRepository, one: Step): Promise<void> {
  const { repository, root } = repo
  const goTo = (to: string, detach: 'never' | 'always') =>
    repository.switch({ to, create: false, detach, force: true })
  const file = 'path' in one ? path.join(root, PATHS[one.path]!) : root
  if (one.do === 'write') repo.write({ [PATHS[one.path]!]: noise(one.size, one.seed) })
  else if (one.do === 'remove') repo.write({ [PATHS[one.path]!]: undefined })
  else if (one.do === 'edit') {
    if (!fs.existsSync(file)) return
    const bytes = fs.readFileSync(file)
    bytes.set(noise(Math.min(8, bytes.length >> 1), one.seed), bytes.length >> 1)
    fs.writeFileSync(file, bytes)
  } else if (one.do === 'commit') await repo.commit('commit', { allowEmpty: true })
  else if (one.do === 'amend') await repo.commit('amended', { amend: true })
  else if (one.do === 'undo') await repository.undo({})
  else if (one.do === 'leave') await goTo('HEAD', 'always')
  else if (one.do === 'gc') await repository.gc({ now: true, dryRun: false })
  else if (one.do === 'branch') await repository.createBranch({ name: NAMES[one.name]!, force: true })
  else if (one.do === 'delete') await repository.deleteBranches({ names: [NAMES[one.name]!], force: true })
  else if (one.do === 'switch') await goTo(NAMES[one.name]!, 'never')
  else if (one.do === 'tag')
    await repository.createTag({ name: NAMES[one.name]!, force: true, message: 'a tag' } as TagOptions)
  else if (one.do === 'untag') await repository.deleteTags({ names: [NAMES[one.name]!] })
}

test('after any history nothing is left but what is needed, and all of that', async (t) => {
  let collected = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 6, maxLength: 30 }),
      fc.constantFrom(0.05, 1),
      async (steps, threshold) => {
        const repo = await testRepository(t, { a: 'first', long: noise(200_000, 9) })
        for (const one of steps) {
          try {
            await carryOut(repo, one)
          } catch (error) {
            // A branch that is not there, nothing to undo: as a user's typing errors.
            if (!isDvError(error) || error.code === 'DV_CORRUPT' || error.code === 'DV_MISSING_OBJECT')
              throw error
          }
        }
        const { store } = await repo.internals()
        const before = await needed(repo)
        const disk = repo.list().map((name) => [name, repo.read(name)])
        const { deleted } = await repo.repository.gc({ ...ALL, threshold })
        collected += deleted.packs
        const after = await needed(repo)
        t.deepEqual((await repo.repository.fsck({ deep: true })).problems, [])
        t.deepEqual(
          repo.list().map((name) => [name, repo.read(name)]),
          disk,
        )
        const rows = await allRows(store)
        for (const { id } of rows) t.true(after.has(toHex(id)), `garbage is named: ${toHex(id)}`)
        const named = new Set(rows.map(({ pack }) => pack))
        t.deepEqual(packNames(repo), [...named].sort())
        for (const id of after) t.true(before.has(id))
        await repo.repository.close()
      },
    ),
    { numRuns: Number(process.env['DV_RUNS'] ?? 10), includeErrorInReport: true },
  )
  t.true(collected > 0)
})
