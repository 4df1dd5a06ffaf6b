// dv cache, with the real engine: it needs no repository.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { CacheCleared, CacheInfo } from '../../src/api/index.js'
import { cached, memoryStorage } from '../../src/storage/index.js'
import { run } from '../../src/cli/main.js'
import { temporaryFolder } from '../helpers/repository.js'
import { testIo } from './test-io.js'

test('dv cache says what it holds, and clears it', async (t) => {
  const cwd = temporaryFolder(t)
  const root = path.join(cwd, 'cache')
  const storage = memoryStorage()
  await storage.put('packs/a', Buffer.alloc(5000))
  await cached(storage, { root, store: 'ab'.repeat(16), limit: 1e9 }).get('packs/a', {
    offset: 0,
    length: 968,
  })
  const dv = async (...argv: string[]) => {
    const io = testIo({ cwd, env: { DV_CACHE: root, DV_CACHE_SIZE: '2GB' } })
    t.is(await run(argv, io), 0, io.err())
    return io.out() + io.err()
  }
  t.deepEqual(JSON.parse(await dv('cache', '--json')), {
    ...{ directory: root, entries: 1, bytes: 1000, limit: 2_000_000_000 },
  })
  t.is(await dv('cache'), `1.0 kB of 2.0 GB in 1 entry: ${root}\n`)
  t.is(await dv('cache', 'clear'), `Freed 1.0 kB in '${root}'\n`)
  t.regex(await dv('cache'), /^0 B of 2.0 GB in 0 entries/)
})

test('within a repository tables of queries and the index of searches are told and cleared too', async (t) => {
  const cwd = temporaryFolder(t)
  const env = { HOME: cwd }
  const dv = async (...argv: string[]) => {
    const io = testIo({ cwd, env })
    t.is(await run(argv, io), 0, io.err())
    return io.out()
  }
  await dv('init', '-q')
  fs.writeFileSync(path.join(cwd, 'a.txt'), 'mitosis')
  for (const name of ['user.name', 'user.email']) await dv('config', name, 'a@b')
  await dv('commit', '-q', '-m', 'One')
  const answers = async () => [await dv('query', 'SELECT path FROM files'), await dv('search', 'mitosis')]
  const before = await answers()
  const { derived } = JSON.parse(await dv('cache', '--json')) as CacheInfo
  t.true(derived!.bytes > 0)
  t.deepEqual(fs.readdirSync(derived!.directory).toSorted(), ['query', 'search'])
  t.deepEqual((JSON.parse(await dv('cache', 'clear', '--json')) as CacheCleared).derived, derived)
  t.deepEqual(fs.readdirSync(derived!.directory), [])
  t.deepEqual(await answers(), before)
})

test('the bound is a setting of the user; the environment comes before it', async (t) => {
  const cwd = temporaryFolder(t)
  const dv = async (argv: string[], env: Record<string, string> = {}) => {
    const io = testIo({ cwd, env: { HOME: cwd, ...env } })
    return { status: await run(argv, io), out: io.out() + io.err() }
  }
  t.is((await dv(['config', '--global', 'cache.size', '20GB'])).status, 0)
  t.is((await dv(['config', '--global', 'cache.size'])).out, '20GB\n')
  t.regex((await dv(['cache'])).out, /^0 B of 20\.0 GB/)
  t.regex((await dv(['cache'], { DV_CACHE_SIZE: '1GB' })).out, /^0 B of 1\.0 GB/)
  const refused = await dv(['config', '--global', 'cache.size', 'much'])
  t.is(refused.status, 2)
  t.regex(refused.out, /'much' is no size, as 'cache\.size' is/)
  const elsewhere = await dv(['config', 'cache.size', '1GB'])
  t.is(elsewhere.status, 2)
  t.regex(elsewhere.out, /type: dv config --global cache\.size 1GB/)
  t.is((await dv(['config', 'unset', '--global', 'cache.size'])).status, 0)
  t.regex((await dv(['cache'])).out, /^0 B of 5\.0 GB/)
})

test('a bound that is no size is refused, and lies nowhere by default but below the home', async (t) => {
  const cwd = temporaryFolder(t)
  const io = testIo({ cwd, env: { HOME: cwd, DV_CACHE_SIZE: 'much' } })
  t.is(await run(['cache'], io), 2)
  t.regex(io.err(), /'much' in DV_CACHE_SIZE is no size/)
  const shown = testIo({ cwd, env: { HOME: cwd } })
  t.is(await run(['cache'], shown), 0)
  t.regex(shown.out(), /0 B of 5\.0 GB in 0 entries: .*[\\/]\.cache[\\/]dv\n$/)
  t.false(fs.existsSync(path.join(cwd, '.cache')))
})
