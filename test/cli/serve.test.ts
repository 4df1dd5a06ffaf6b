import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { run } from '../../src/cli/main.js'
import { temporaryFolder, testRepository } from '../helpers/repository.js'
import { ask } from '../server/world.js'
import { testIo } from './test-io.js'

test('serve prints where it listens, answers until Ctrl-C, and ends with what it did', async (t) => {
  for (const json of [false, true]) {
    const { root } = await testRepository(t, { 'a.txt': 'text' })
    const io = testIo({ cwd: root })
    const ended = run(['serve', '--port', '0', ...(json ? ['--json'] : [])], io)
    while (!io.out().includes('\n')) await sleep(10)
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(io.out())![0]
    t.is((await ask(url, '/main/a.txt')).text, 'text')
    io.interrupt()
    t.is(await ended, 0)
    const [first, last] = io.out().trim().split('\n')
    if (json) {
      t.deepEqual(JSON.parse(first!), { url, location: root })
      t.like(JSON.parse(last!), { url, requests: 1 })
    } else {
      t.is(first, `Serving '${root}' at ${url} (Ctrl-C ends it)`)
      t.regex(last!, /^Answered 1 request, \d+ B$/)
    }
    t.is(io.err(), '')
    await t.throwsAsync(ask(url, '/'))
  }
})

test('serve says who may read when it listens to more than this machine', async (t) => {
  const { root } = await testRepository(t, { 'a.txt': 'text' })
  const io = testIo({ cwd: root })
  const ended = run(['serve', '--port', '0', '--host', '0.0.0.0'], io)
  while (io.err() === '') await sleep(10)
  io.interrupt()
  t.is(await ended, 0)
  t.regex(
    io.err(),
    /^warning: whoever reaches '0\.0\.0\.0' can read all of the store: there is no password\n$/,
  )
})

test('serve of nothing, and on a port that is none, fails as other verbs do', async (t) => {
  const none = testIo({ cwd: temporaryFolder(t) })
  t.is(await run(['serve'], none), 10)
  t.is(await run(['serve', '/nowhere'], testIo()), 10)
  const { root } = await testRepository(t, { 'a.txt': 'text' })
  const wrong = testIo({ cwd: root })
  t.is(await run(['serve', '--port', '65536'], wrong), 2)
  t.regex(wrong.err(), /no port/)
})
