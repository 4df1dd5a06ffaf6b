// A search that is killed while it makes the index leaves one that is whole, or none: the next answers as if nothing had been.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { testRepository } from '../helpers/repository.js'
import { howMany } from '../helpers/torture.js'

const DV = fileURLToPath(new URL('../../../bin/dv', import.meta.url))

test('a search that is killed at any moment leaves an index that the next goes on with, or makes anew', async (t) => {
  const files = Array.from({ length: 300 }, (_, n) => [
    `d${n % 9}/cell${n}.txt`,
    `dim light of ${n}\n`.repeat(200),
  ])
  const made = await testRepository(t, Object.fromEntries(files))
  const wanted = await made.repository.search({ question: 'light -d3', limit: 1000 })
  t.true(wanted.total > 200)
  const derived = path.join(made.root, '.dv/store/derived')
  for (let trial = 0; trial < howMany({ daily: 6, torture: 60 }); trial++) {
    fs.rmSync(path.join(derived, 'search'), { recursive: true, force: true })
    const child = spawn(process.execPath, [DV, 'search', 'light'], { cwd: made.root, stdio: 'ignore' })
    const ended = once(child, 'exit')
    while (child.exitCode === null && !fs.existsSync(path.join(derived, 'search'))) await sleep(1)
    await sleep(trial * 15)
    child.kill('SIGKILL')
    await ended
    t.deepEqual(await made.repository.search({ question: 'light -d3', limit: 1000 }), wanted)
  }
})
