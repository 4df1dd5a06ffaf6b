import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { collect, testRepository } from '../helpers/repository.js'

const CHILD = fileURLToPath(new URL('./concurrency-child.js', import.meta.url))
const WORKERS = 4
const COMMITS = 12

/** Resolves with the exit status of a process that commits in a working directory. */
function commitIn(directory: string): Promise<number | null> {
  const child = spawn(process.execPath, [CHILD, directory, String(COMMITS)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return new Promise((resolve) => child.on('close', resolve))
}

test('processes commit to one store from several working directories at once, while another reads: all commits are there', async (t) => {
  const { root, repository, openAt } = await testRepository(t, { 'shared.txt': 'first' })
  const names = Array.from({ length: WORKERS }, (_, i) => `worker${i}`)
  for (const name of names) {
    await repository.addWorktree({ directory: path.join(root, '..', name), branch: name, force: false })
  }
  let running = true
  const committing = Promise.all(names.map((name) => commitIn(path.join(root, '..', name)))).finally(
    () => (running = false),
  )
  let looked = 0
  while (running) {
    const reader = await openAt('.')
    for (const { name, commit } of await reader.branches({ remotes: false, all: false }))
      t.truthy(commit, name)
    const { problems } = await reader.fsck({ deep: false })
    t.deepEqual(problems, [])
    looked++
  }
  t.deepEqual(
    await committing,
    names.map(() => 0),
  )
  t.true(looked > 0)
  const log = { paths: [], all: false, changes: false, topological: false }
  for (const name of names) {
    const messages = (await collect(repository.log({ ...log, revisions: [name] }))).map(
      ({ message }) => message,
    )
    t.deepEqual(messages, [...Array.from({ length: COMMITS }, (_, i) => `${name} ${COMMITS - i}`), 'First'])
  }
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
})
