// A store that a web server shows, served on: what a range costs is what that server counts.
import path from 'node:path'
import test from 'ava'
import { randomBytes } from 'node:crypto'
import { testRepository } from '../helpers/repository.js'
import { forNginx, startNginx } from '../servers/nginx.js'
import { serving } from './world.js'

const PUSH = { refs: [], all: false, tags: true, setUpstream: false, forceWithLease: false }
const SIZE = 24 * 1024 * 1024

forNginx(() => {
  test('a range of a large file reads the blocks it is in, and the way to them', async (t) => {
    const bytes = randomBytes(SIZE)
    const made = await testRepository(t, { 'big.bin': bytes, 'd/small.txt': 'small' })
    await made.repository.createTag({ name: 'v1', force: false })
    await made.repository.addRemote({ name: 'public', url: '../public' })
    await made.repository.push({ ...PUSH, remote: 'public' })
    const nginx = await startNginx(t, { root: path.join(made.root, '../public') })
    const { ask } = await serving(t, await made.apiAt('/').publish({ repo: nginx.url }))

    t.is((await ask('/v1/d/small.txt')).text, 'small')
    nginx.requests()
    for (const offset of [0, SIZE / 2, SIZE - 1000]) {
      const reply = await ask('/v1/big.bin', { headers: { range: `bytes=${offset}-${offset + 999}` } })
      t.is(reply.status, 206)
      t.deepEqual(reply.body, bytes.subarray(offset, offset + 1000))
    }
    const sent = nginx.requests().map((line) => Number(line.split(' ')[3]))
    // Three chunks of at most 512 KiB each, the nodes of the recipe, and the ref again each second.
    t.true(sent.reduce((a, b) => a + b) < 3 * 700_000, String(sent))
    t.true(sent.length <= 12, String(sent))
    t.true((await ask('/v1/big.bin')).body.equals(bytes))
  })

  test('what is served of a store that does not answer any more is 502, and its damage no whole body', async (t) => {
    const made = await testRepository(t, { 'a.txt': 'text' })
    await made.repository.addRemote({ name: 'public', url: '../public' })
    await made.repository.push({ ...PUSH, remote: 'public', refs: ['main'] })
    const nginx = await startNginx(t, { root: path.join(made.root, '../public') })
    const { ask } = await serving(t, await made.apiAt('/').publish({ repo: nginx.url }))
    t.is((await ask('/main/a.txt')).text, 'text')
    await nginx.stop()
    const { status, text } = await ask('/other/a.txt')
    t.is(status, 502)
    t.like(JSON.parse(text), { error: { code: 'DV_NETWORK' } })
  })
})
