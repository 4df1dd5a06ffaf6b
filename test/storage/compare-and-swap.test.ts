import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { createDirectoryStorage } from '../../src/storage/index.js'
import { increment } from '../compliance/storage.js'
// The seams of the algorithm, to stop a writer between its read and its link.
import { GROUP_VERSIONS, publishNext, readNewest, versionPath } from '../../src/storage/versions.js'
import { decodeVersion } from '../../src/storage/version-file.js'
import { temporaryFolder } from './temporary.js'

const child = path.join(path.dirname(fileURLToPath(import.meta.url)), 'increment-child.js')
const NAME = 'refs/heads/counter'

function open(folder: string) {
  const storage = createDirectoryStorage(folder)
  const place = { folder: path.join(folder, 'cas', NAME), temporaryPath: () => storage.temporaryPath() }
  return { storage, place, files: () => versionFiles(place.folder) }
}

function versionFiles(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => e.name)
}

function start(
  folder: string,
  times: number,
): { process: ChildProcess; ended: Promise<number>; acknowledged: () => number } {
  const process = spawn(globalThis.process.execPath, [child, folder, NAME, String(times)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let count = 0
  process.stdout!.on('data', (data: Buffer) => (count += data.length))
  const ended = new Promise<number>((resolve) => process.on('close', (code) => resolve(code ?? -1)))
  return { process, ended, acknowledged: () => count }
}

async function count(folder: string): Promise<number> {
  return Number((await open(folder).storage.read(NAME))?.bytes ?? 0)
}

test('racing processes lose no increment, while old versions are pruned', async (t) => {
  const folder = temporaryFolder(t)
  const children = Array.from({ length: 4 }, () => start(folder, 30))
  t.deepEqual(await Promise.all(children.map((c) => c.ended)), [0, 0, 0, 0])
  t.is(await count(folder), 120)
  const { files } = open(folder)
  t.true(files().length >= GROUP_VERSIONS && files().length <= 2 * GROUP_VERSIONS)
  t.is(copyOf(folder), '120')
  t.deepEqual(fs.readdirSync(path.join(folder, 'tmp')), [])
})

test('killed processes leave a counter that has every acknowledged increment and goes on', async (t) => {
  const folder = temporaryFolder(t)
  const children = Array.from({ length: 3 }, () => start(folder, 1000))
  for (const [i, c] of children.entries()) {
    while (c.acknowledged() < 10 + 10 * i) await new Promise((resolve) => setTimeout(resolve, 5))
    c.process.kill('SIGKILL')
    await c.ended
  }
  const acknowledged = children.reduce((sum, c) => sum + c.acknowledged(), 0)
  const counted = await count(folder)
  t.true(
    counted >= acknowledged && counted <= acknowledged + children.length,
    `${counted} of ${acknowledged}`,
  )
  await increment(open(folder).storage, NAME, 40)
  t.is(await count(folder), counted + 40)
})

test('a writer that slept while its slot was pruned loses', async (t) => {
  const { storage, place, files } = open(temporaryFolder(t))
  for (const seen of [0, 1, 15, 16, 20]) {
    await increment(storage, NAME, seen - Number((await storage.read(NAME))?.bytes ?? 0))
    const stale = readNewest(place.folder)
    const other = temporaryFolder(t)
    fs.cpSync(path.dirname(path.dirname(path.dirname(path.dirname(place.folder)))), other, {
      recursive: true,
    })
    const later = open(other)
    await increment(later.storage, NAME, 4 * GROUP_VERSIONS)
    t.is(publishNext(later.place, stale, Buffer.from('stale')), undefined)
    t.is(Number((await later.storage.read(NAME))?.bytes), seen + 4 * GROUP_VERSIONS)
    t.false(later.files().includes(String(seen + 1)))
  }
  t.true(files().length > 0)
})

test('a writer that is one version late loses', async (t) => {
  const { storage, place } = open(temporaryFolder(t))
  await increment(storage, NAME, 3)
  const stale = readNewest(place.folder)
  await increment(storage, NAME, 1)
  t.is(publishNext(place, stale, Buffer.from('stale')), undefined)
  t.is(Number((await storage.read(NAME))?.bytes), 4)
})

test('a writer that links into a slot of the past sees it and takes its version back', async (t) => {
  const { storage, place, files } = open(temporaryFolder(t))
  await increment(storage, NAME, 5)
  const stale = readNewest(place.folder)
  await increment(storage, NAME, 5)
  fs.rmSync(versionPath(place.folder, 6), { force: true })
  t.is(publishNext(place, stale, Buffer.from('stale')), undefined)
  t.false(files().includes('6'))
  t.is(Number((await storage.read(NAME))?.bytes), 10)
})

test('a group that a crash took is made again by the next writer', async (t) => {
  const { storage, place } = open(temporaryFolder(t))
  await increment(storage, NAME, 15)
  fs.rmdirSync(path.join(place.folder, '+1'))
  await increment(storage, NAME, 20)
  t.is(Number((await storage.read(NAME))?.bytes), 35)
})

test('temporary files that a crash left are no versions and no objects, and are swept by age', async (t) => {
  const folder = temporaryFolder(t)
  const { storage, place } = open(folder)
  await increment(storage, NAME, 2)
  fs.writeFileSync(storage.temporaryPath(), 'half a ver')
  fs.writeFileSync(path.join(place.folder, '+0', '.nfs0001'), 'silly rename')
  fs.writeFileSync(path.join(place.folder, 'notes.txt'), 'left by a person')
  await increment(storage, NAME, 2)
  t.is(Number((await storage.read(NAME))?.bytes), 4)
  t.deepEqual(await storage.listMutable(''), [NAME])
})

test('damage to the highest version is DV_CORRUPT and names the file', async (t) => {
  const { storage, place } = open(temporaryFolder(t))
  await increment(storage, NAME, 3)
  const file = versionPath(place.folder, 3)
  const whole = fs.readFileSync(file)
  fs.chmodSync(file, 0o600)
  for (const damaged of [
    whole.subarray(0, 40),
    Buffer.alloc(0),
    flip(whole, 12),
    flip(whole, whole.length - 70),
  ]) {
    fs.writeFileSync(file, damaged)
    const error = await t.throwsAsync(storage.read(NAME), { code: 'DV_CORRUPT' })
    t.true(error!.message.includes(file))
    await t.throwsAsync(storage.compareAndSwap(NAME, undefined, Buffer.from('x')), { code: 'DV_CORRUPT' })
  }
  fs.copyFileSync(versionPath(place.folder, 2), file)
  await t.throwsAsync(storage.read(NAME), { code: 'DV_CORRUPT', message: /holds version 2/ })
})

test('an older version that is damaged hurts nobody', async (t) => {
  const { storage, place } = open(temporaryFolder(t))
  await increment(storage, NAME, 3)
  fs.chmodSync(versionPath(place.folder, 2), 0o600)
  fs.writeFileSync(versionPath(place.folder, 2), 'x')
  t.is(Number((await storage.read(NAME))?.bytes), 3)
})

test('the plain copy follows the value and goes with it', async (t) => {
  const folder = temporaryFolder(t)
  const { storage } = open(folder)
  const version = await storage.compareAndSwap(NAME, undefined, Buffer.from('shown'))
  t.is(copyOf(folder), 'shown')
  t.is(decodeVersion(fs.readFileSync(path.join(folder, NAME)), NAME).n, 1)
  fs.writeFileSync(path.join(folder, 'refs', 'stray'), 'x')
  const listed: string[] = []
  for await (const { name } of storage.list('')) listed.push(name)
  t.deepEqual(listed, ['refs/stray'])
  await storage.compareAndSwap(NAME, version, undefined)
  t.false(fs.existsSync(path.join(folder, NAME)))
})

/** What a static web server shows. */
function copyOf(folder: string): string {
  return String(decodeVersion(fs.readFileSync(path.join(folder, NAME)), NAME).bytes)
}

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 1
  return copy
}
