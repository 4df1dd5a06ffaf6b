import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createDirectoryStorage, openDirectoryStorage, sweepTemporaryFiles } from '../../src/storage/index.js'
import { temporaryFolder } from './temporary.js'

const bytes = Buffer.from('some bytes')

function failWith<K extends 'writeSync' | 'fsyncSync' | 'linkSync' | 'openSync' | 'mkdirSync'>(
  t: ExecutionContext,
  call: K,
  code: string,
) {
  const real = fs[call]
  t.teardown(() => void (fs[call] = real))
  fs[call] = (() => {
    throw Object.assign(new Error(`${code}: injected`), { code })
  }) as unknown as (typeof fs)[K]
  return () => void (fs[call] = real)
}

function newStore(t: ExecutionContext) {
  const folder = temporaryFolder(t)
  const storage = createDirectoryStorage(folder)
  t.teardown(() => storage.close())
  return { folder, storage }
}

test('opening a folder that is not there, or a file, is DV_NO_STORE', (t) => {
  const { folder } = newStore(t)
  fs.writeFileSync(path.join(folder, 'file'), '')
  for (const name of ['absent', 'file', 'file/below']) {
    t.throws(() => openDirectoryStorage(path.join(folder, name)), { code: 'DV_NO_STORE' })
  }
})

test('objects are plain files that cannot be written', async (t) => {
  const { folder, storage } = newStore(t)
  await storage.put('packs/aa/p', bytes)
  const stat = fs.statSync(path.join(folder, 'packs/aa/p'))
  t.is(stat.mode & 0o222, 0)
  t.is(stat.size, bytes.length)
  t.is(storage.properties.localRoot, folder)
})

test('putFile() leaves a file that cannot be written, with the rights to read it had', async (t) => {
  const { folder, storage } = newStore(t)
  const file = storage.temporaryPath()
  fs.writeFileSync(file, bytes, { mode: 0o640 })
  await storage.putFile('packs/p', file)
  t.is(fs.statSync(path.join(folder, 'packs/p')).mode & 0o777, 0o440)
})

test('a second storage sees objects at once, and reading a file cut short is DV_CORRUPT', async (t) => {
  const { folder, storage } = newStore(t)
  const other = openDirectoryStorage(folder)
  t.teardown(() => other.close())
  await storage.put('packs/p', bytes)
  t.deepEqual(await other.get('packs/p'), bytes)
  fs.chmodSync(path.join(folder, 'packs/p'), 0o600)
  fs.truncateSync(path.join(folder, 'packs/p'), 4)
  await t.throwsAsync(other.get('packs/p', { offset: 2, length: 8 }), { code: 'DV_CORRUPT' })
})

test('few files stay open, and close() lets go of them', async (t) => {
  const { folder, storage } = newStore(t)
  for (let i = 0; i < 50; i++) await storage.put(`packs/${i}`, Buffer.from([i]))
  for (let i = 0; i < 50; i++) t.is((await storage.get(`packs/${i}`))[0], i)
  for (let i = 0; i < 50; i++) t.is((await storage.get(`packs/${i}`, { offset: 0, length: 1 }))[0], i)
  const openFiles = () =>
    fs.readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder)
      } catch {
        return false
      }
    }).length
  if (process.platform === 'linux') t.is(openFiles(), 32)
  storage.close()
  if (process.platform === 'linux') t.is(openFiles(), 0)
  t.is((await storage.get('packs/7'))[0], 7)
})

test('symbolic links, folders and pipes in the place of objects are not read', async (t) => {
  const { folder, storage } = newStore(t)
  fs.writeFileSync(path.join(folder, 'secret.txt'), 'secret')
  fs.symlinkSync(path.join(folder, 'secret.txt'), path.join(folder, 'link'))
  fs.mkdirSync(path.join(folder, 'folder'))
  await t.throwsAsync(storage.get('link'), { code: 'DV_CORRUPT', message: /symbolic link/ })
  await t.throwsAsync(storage.get('folder'), { code: 'DV_NOT_FOUND' })
  t.is(await storage.size('link'), undefined)
  const listed: string[] = []
  for await (const { name } of storage.list('')) listed.push(name)
  t.deepEqual(listed, ['secret.txt'])
})

test('a store opened for reading refuses to write', async (t) => {
  const { folder, storage } = newStore(t)
  await storage.put('packs/p', bytes)
  await storage.compareAndSwap('refs/r', undefined, bytes)
  const reader = openDirectoryStorage(folder, { readOnly: true })
  t.teardown(() => reader.close())
  t.deepEqual(await reader.get('packs/p'), bytes)
  t.deepEqual(Buffer.from((await reader.read('refs/r'))!.bytes), bytes)
  await t.throwsAsync(reader.put('packs/q', bytes), { code: 'DV_READ_ONLY' })
  await t.throwsAsync(reader.putFile('packs/q', 'nowhere'), { code: 'DV_READ_ONLY' })
  await t.throwsAsync(reader.delete('packs/p'), { code: 'DV_READ_ONLY' })
  await t.throwsAsync(reader.compareAndSwap('refs/r', undefined, bytes), { code: 'DV_READ_ONLY' })
  t.false(reader.temporaryPath().startsWith(folder))
})

const failures = [
  ['writeSync', 'ENOSPC', 'DV_DISK_FULL'],
  ['fsyncSync', 'ENOSPC', 'DV_DISK_FULL'],
  ['fsyncSync', 'EIO', 'DV_IO'],
  ['linkSync', 'ENOSPC', 'DV_DISK_FULL'],
  ['mkdirSync', 'EROFS', 'DV_READ_ONLY'],
  ['mkdirSync', 'EACCES', 'DV_PERMISSION'],
  ['openSync', 'EMFILE', 'DV_IO'],
] as const

for (const [call, system, code] of failures) {
  test.serial(`${system} from ${call} is ${code}, and nothing is left to see`, async (t) => {
    const { folder, storage } = newStore(t)
    const restore = failWith(t, call, system)
    const put = await t.throwsAsync(storage.put('packs/aa/p', bytes), { code })
    const swap = await t.throwsAsync(storage.compareAndSwap('refs/r', undefined, bytes), { code })
    restore()
    t.true(put!.message.includes(folder) && swap!.message.includes(folder))
    t.is(await storage.size('packs/aa/p'), undefined)
    t.is(await storage.read('refs/r'), undefined)
    await storage.put('packs/aa/p', bytes)
    t.truthy(await storage.compareAndSwap('refs/r', undefined, bytes))
    t.deepEqual(fs.readdirSync(path.join(folder, 'tmp')), [])
  })
}

for (const system of ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']) {
  test.serial(
    `without hard links (${system}) objects are stored, but compare-and-swap is DV_UNSUPPORTED`,
    async (t) => {
      const { storage } = newStore(t)
      failWith(t, 'linkSync', system)
      await storage.put('packs/p', bytes)
      await storage.put('packs/p', Buffer.from('other'))
      t.deepEqual(await storage.get('packs/p'), bytes)
      await t.throwsAsync(storage.compareAndSwap('refs/r', undefined, bytes), { code: 'DV_UNSUPPORTED' })
    },
  )
}

test.serial('a folder that cannot be synced is tolerated where the file system says so', async (t) => {
  const { storage } = newStore(t)
  const real = fs.fsyncSync
  t.teardown(() => void (fs.fsyncSync = real))
  fs.fsyncSync = (fd) => {
    if (fs.fstatSync(fd).isDirectory()) throw Object.assign(new Error('injected'), { code: 'EINVAL' })
    real(fd)
  }
  await storage.put('packs/p', bytes)
  t.truthy(await storage.compareAndSwap('refs/r', undefined, bytes))
  t.deepEqual(await storage.get('packs/p'), bytes)
})

test.serial('putFile() copies from another device', async (t) => {
  const { folder, storage } = newStore(t)
  const source = path.join(folder, 'elsewhere')
  fs.writeFileSync(source, bytes)
  const real = fs.renameSync
  t.teardown(() => void (fs.renameSync = real))
  fs.renameSync = () => {
    throw Object.assign(new Error('injected'), { code: 'EXDEV' })
  }
  await storage.putFile('packs/p', source)
  t.deepEqual(await storage.get('packs/p'), bytes)
  t.false(fs.existsSync(source))
})

test('sweepTemporaryFiles() removes what nobody touched since', (t) => {
  const { folder, storage } = newStore(t)
  const [old, young] = [storage.temporaryPath(), storage.temporaryPath()]
  fs.writeFileSync(old, '')
  fs.mkdirSync(young)
  fs.utimesSync(old, 1000, 1000)
  t.is(sweepTemporaryFiles(folder, 2_000_000), 1)
  t.deepEqual(fs.readdirSync(path.join(folder, 'tmp')), [path.basename(young)])
})
