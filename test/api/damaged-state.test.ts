// Every file below .dv that is no pack, damaged in each way: a verb either does without it and makes it anew, or fails with
// an error that says what to type; 'dv repair' puts the rest right, and nothing of the user's is ever gone.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { isDvError } from '../../src/base/index.js'
import { howMany, lots, tell } from '../helpers/torture.js'
import {
  NO_COMMIT_OPTIONS,
  temporaryFolder,
  testRepository,
  type TestRepository,
} from '../helpers/repository.js'

/** Of each file. */
const WAYS = howMany({ daily: 2, torture: Infinity })

const DAMAGE: Record<string, (file: string) => void> = {
  'cut in half': (file) => fs.truncateSync(file, fs.statSync(file).size >> 1),
  empty: (file) => fs.truncateSync(file, 0),
  'all zeros': (file) => fs.writeFileSync(file, Buffer.alloc(fs.statSync(file).size)),
  'with one byte changed': (file) => {
    const bytes = fs.readFileSync(file)
    bytes[bytes.length >> 1]! ^= 0x55
    fs.writeFileSync(file, bytes)
  },
  'other text': (file) => fs.writeFileSync(file, 'nonsense\n'),
  gone: (file) => fs.rmSync(file),
  'a folder': (file) => {
    fs.rmSync(file)
    fs.mkdirSync(file)
  },
}

const MINE = { 'a/1': 'changed', mine: 'work that is in no commit' }

/** A sparse working directory with work in it, whose store follows a remote and has dropped data. */
async function withEverything(t: ExecutionContext): Promise<TestRepository> {
  const repo = await testRepository(t, { 'a/1': 'one', 'a/2': 'two', table: 'x,y\n' })
  const remote = path.join(temporaryFolder(t), 'remote')
  await repo.repository.addRemote({ name: 'origin', url: remote })
  const push = { all: true, tags: true, setUpstream: true, forceWithLease: false }
  await repo.repository.push({ ...push, remote: 'origin', refs: [] })
  await repo.repository.drop({ all: true, dryRun: false, paths: [], files: false })
  await repo.repository.sparse({ patterns: ['a', 'mine'], force: false })
  await repo.repository.fetch({ all: false, prune: false, tags: false })
  repo.write(MINE)
  await repo.repository.status({ all: true, paths: [], rehash: false })
  return repo
}

function stateFiles({ root }: TestRepository): string[] {
  const dv = path.join(root, '.dv')
  return fs
    .readdirSync(dv, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dv, path.join(entry.parentPath, entry.name)))
    .filter((name) => !/^store\/(packs|segments)\//.test(name))
}

/** As a user comes by: looks, fetches, commits. The code of what failed, if anything did. */
async function use(t: ExecutionContext, repo: TestRepository, what: string): Promise<string | undefined> {
  try {
    const repository = await repo.openAt('.')
    await repository.status({ all: true, paths: [], rehash: false })
    await repository.fetch({ all: false, prune: false, tags: false })
    await repository.commit({ ...NO_COMMIT_OPTIONS, message: 'Goes on', allowEmpty: true })
    return undefined
  } catch (error) {
    if (!isDvError(error)) throw error
    t.regex(`${error.hint}`, /dv \w+/, `${what}: ${error.message}`)
    return error.code
  }
}

async function isWhole({ api }: TestRepository): Promise<boolean> {
  return (await api.fsck({ deep: true })).problems.length === 0
}

test('whatever file of its state is damaged, a repository goes on by itself or after a repair', async (t) => {
  t.timeout(600_000)
  const repo = await withEverything(t)
  const pristine = path.join(temporaryFolder(t), 'pristine')
  fs.cpSync(repo.root, pristine, { recursive: true, preserveTimestamps: true })
  const lot = lots('damaged state')
  let [alone, repaired] = [0, 0]
  for (const file of stateFiles(repo)) {
    const ways = Object.keys(DAMAGE).sort(() => lot() - 0.5)
    for (const way of ways.slice(0, WAYS)) {
      const what = `'${file}' ${way}`
      fs.rmSync(repo.root, { recursive: true })
      fs.cpSync(pristine, repo.root, { recursive: true, preserveTimestamps: true })
      const full = path.join(repo.root, '.dv', file)
      fs.chmodSync(full, 0o644)
      DAMAGE[way]!(full)
      const code = await use(t, repo, what)
      if (code !== undefined || !(await isWhole(repo))) {
        const { problems } = await repo.api.repair({ dryRun: false })
        t.deepEqual(problems, [], what)
        t.is(await use(t, repo, what), undefined, `${what}, repaired`)
      }
      if (code === undefined) alone++
      else repaired++
      t.true(await isWhole(repo), what)
      for (const [name, text] of Object.entries(MINE)) t.is(repo.read(name), text, what)
    }
  }
  tell(t, { 'went on by itself': alone, 'after a repair': repaired })
})
