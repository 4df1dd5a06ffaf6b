// Twenty processes commit to one store from twenty working directories while it is collected in a loop, without grace.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { isDvError } from '../../src/base/index.js'
import { createApi } from '../../src/api/index.js'
import { collect, testRepository } from '../helpers/repository.js'
import { howMany, tell } from '../helpers/torture.js'

const CHILD = fileURLToPath(new URL('./gc-race-child.js', import.meta.url))
const WORKERS = 20
const COMMITS = howMany({ daily: 6, torture: 60 })

function commitIn(directory: string): Promise<number | null> {
  const child = spawn(process.execPath, [CHILD, directory, String(COMMITS)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return new Promise((resolve) => child.on('close', resolve))
}

test('twenty processes commit to a store that is collected all the while: every commit they were told of can be read', async (t) => {
  const { root, repository, openAt } = await testRepository(t, { 'shared.bin': 'first' })
  const names = Array.from({ length: WORKERS }, (_, i) => `worker${i}`)
  for (const name of names)
    await repository.addWorktree({ directory: path.join(root, '..', name), branch: name, force: false })
  const collector = await createApi({ cwd: root, env: { HOME: root }, clock: Date.now, zone: 0 }).open()
  t.teardown(() => collector.close())
  let running = true
  const committing = Promise.all(names.map((name) => commitIn(path.join(root, '..', name)))).finally(
    () => (running = false),
  )
  const sums = { runs: 0, packs: 0, refused: 0 }
  while (running) {
    try {
      const { deleted } = await collector.gc({ now: true, operations: 0, dryRun: false })
      sums.packs += deleted.packs
      sums.runs++
    } catch (error) {
      if (!isDvError(error, 'DV_REF_MOVED')) throw error
      sums.refused++
    }
  }
  t.deepEqual(
    await committing,
    names.map(() => 0),
  )
  t.true(sums.runs > 0 && sums.packs > 0)
  const log = { paths: [], all: false, changes: false, topological: false }
  for (const name of names) {
    const file = path.join(root, '..', `${name}.done`)
    const done = JSON.parse(fs.readFileSync(file, 'utf8')) as { commit: string; content: string }[]
    const reader = await openAt(`../${name}`)
    const commits = await collect(reader.log({ ...log, revisions: [name] }))
    t.deepEqual(
      commits.map(({ message }) => message),
      [...done.map(({ content }) => content).reverse(), 'First'],
    )
    await reader.close()
  }
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
  tell(t, {
    processes: WORKERS,
    commits: WORKERS * COMMITS,
    collections: sums.runs,
    'packs deleted': sums.packs,
    'times others were faster': sums.refused,
  })
})
