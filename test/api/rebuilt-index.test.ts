// An index rebuilt from footers names again what a collection had dropped: nothing of that may stand on what went.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { GcOptions } from '../../src/api/index.js'
import { change } from '../helpers/damage.js'
import { noise } from '../helpers/noise.js'
import { type TestRepository, testRepository } from '../helpers/repository.js'

/** Packs of which less than nine tenths are garbage stay as they are, and lose rows. */
const MOSTLY: GcOptions = { now: true, operations: 0, dryRun: false, threshold: 0.9 }

/** Pack B holds a delta on a chunk of pack A, and a file that is needed; A and the delta are garbage, and collected. */
async function collected(t: ExecutionContext): Promise<TestRepository> {
  const repo = await testRepository(t, { kept: 'kept' })
  await repo.repository.switch({ to: 'topic', create: true, detach: 'never', force: false })
  const base = noise(200_000, 1)
  repo.write({ large: base })
  await repo.commit('A base')
  const changed = Buffer.from(base)
  changed.fill(1, 50_000, 50_010)
  repo.write({ large: changed, needed: noise(100_000, 2) })
  await repo.commit('A delta beside what is needed')
  await repo.repository.switch({ to: 'main', create: false, detach: 'never', force: false })
  repo.write({ needed: noise(100_000, 2) })
  await repo.commit('What is needed')
  await repo.repository.deleteBranches({ names: ['topic'], force: true })
  const { deleted } = await repo.repository.gc(MOSTLY)
  t.true(deleted.packs > 0)
  return repo
}

function loseIndex({ root }: TestRepository): void {
  for (const name of ['cas/index', 'index'])
    fs.rmSync(path.join(root, '.dv/store', name), { recursive: true })
}

test('after a collection, an index rebuilt from packs names nothing that stands on what went', async (t) => {
  const repo = await collected(t)
  t.deepEqual((await repo.api.fsck({ deep: true })).problems, [])
  loseIndex(repo)
  const { index, problems } = await repo.api.repair({ dryRun: false })
  t.true(index.rebuilt)
  t.deepEqual(problems, [])
  t.deepEqual((await repo.api.fsck({ deep: true })).problems, [])
})

test('what went can be stored anew after that, although a delta of it lies there still', async (t) => {
  const repo = await collected(t)
  loseIndex(repo)
  await repo.api.repair({ dryRun: false })
  const changed = Buffer.from(noise(200_000, 1))
  changed.fill(1, 50_000, 50_010)
  const repository = await repo.openAt('.')
  repo.write({ large: changed })
  await repository.commit({
    ...{ message: 'Again', amend: false, allowEmpty: false, metadata: {}, paths: [], rehash: false },
  })
  t.deepEqual((await repo.api.fsck({ deep: true })).problems, [])
  repo.write({ large: undefined })
  await repository.restore({ paths: ['large'] })
  t.true(fs.readFileSync(path.join(repo.root, 'large')).equals(changed))
})

test('the next collection takes away what came back', async (t) => {
  const repo = await collected(t)
  const size = () => {
    const packs = path.join(repo.root, '.dv/store/packs')
    return fs.readdirSync(packs).reduce((sum, name) => sum + fs.statSync(path.join(packs, name)).size, 0)
  }
  loseIndex(repo)
  await repo.api.repair({ dryRun: false })
  const repository = await repo.openAt('.')
  await repository.gc({ ...MOSTLY, threshold: 0 })
  t.true(size() < 110_000, `${size()}`)
  t.deepEqual((await repo.api.fsck({ deep: true })).problems, [])
})

test('deltas of damaged packs are found again without index and footers, what they stand on being in other packs', async (t) => {
  const base = noise(200_000, 3)
  const repo = await testRepository(t, { large: base })
  const changed = Buffer.from(base)
  changed.fill(1, 50_000, 50_010)
  repo.write({ large: changed })
  await repo.commit('A delta')
  const packs = path.join(repo.root, '.dv/store/packs')
  for (const name of fs.readdirSync(packs)) change(path.join(packs, name), (bytes) => bytes.subarray(0, -40))
  loseIndex(repo)
  repo.write({ large: undefined })
  const { problems, index } = await repo.api.repair({ dryRun: false })
  t.deepEqual(problems, [])
  t.true(index.salvaged > 0)
  t.deepEqual((await repo.api.fsck({ deep: true })).problems, [])
  await (await repo.openAt('.')).restore({ paths: ['.'] })
  t.true(fs.readFileSync(path.join(repo.root, 'large')).equals(changed))
})
