import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { hashChunk, shortHex } from '../../src/hash/index.js'
import { filesOf, makeWorld, sample, type World } from './harness.js'

/** Bits that are flipped in each file of the store. */
const FLIPS = 5

function worldOfTwoCommits(t: ExecutionContext): World {
  const world = makeWorld(t)
  const lines = Array.from({ length: 4000 }, (_, i) => `line ${i} of ${(i * 7919) % 4001}\n`)
  fs.writeFileSync(path.join(world.work, 'table'), lines.join(''))
  fs.writeFileSync(path.join(world.work, 'small'), 'small')
  fs.writeFileSync(
    path.join(world.work, 'noise'),
    Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31) >> 3)),
  )
  t.is(world.dv(['commit', '-m', 'one']).status, 0)
  lines[1000] = 'changed\n'
  fs.writeFileSync(path.join(world.work, 'table'), lines.join(''))
  t.is(world.dv(['commit', '-m', 'two']).status, 0)
  t.is(world.dv(['tag', '-m', 'noted', 'v1']).status, 0)
  return world
}

/** The same with so many packs that the index was merged into a segment of its own. */
function worldOfMerges(t: ExecutionContext): World {
  const world = worldOfTwoCommits(t)
  for (const text of ['three', 'four']) {
    fs.writeFileSync(path.join(world.work, 'small'), text)
    t.is(world.dv(['commit', '-m', text]).status, 0)
  }
  t.true(fs.existsSync(path.join(world.work, '.dv/store/segments')))
  return world
}

/** Files of the store that carry meaning. What does not: temporary files; plain copies for static web servers, which
 * dv itself never reads and which carry a checksum of their own; versions of mutable names that others followed. */
function meaningfulFiles(store: string): string[] {
  const all = fs
    .readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(store, path.join(entry.parentPath, entry.name)))
  return all.filter((name) => {
    const [top] = name.split(path.sep)
    if (top === 'cas') return isNewestVersion(store, name)
    return top === 'packs' || top === 'segments' || top === 'operations' || name === 'dv.json'
  })
}

function isNewestVersion(store: string, name: string): boolean {
  const siblings = fs.readdirSync(path.join(store, path.dirname(name)))
  return siblings.every((other) => Number(other) <= Number(path.basename(name)))
}

function rewrite(file: string, change: (bytes: Buffer) => Buffer): Buffer {
  const bytes = fs.readFileSync(file)
  fs.chmodSync(file, 0o644)
  fs.writeFileSync(file, change(Buffer.from(bytes)))
  return bytes
}

/** The hash of what `cat --json` printed. */
function hashOfCat(stdout: string): string {
  const { encoding, content } = JSON.parse(stdout) as { encoding: BufferEncoding; content: string }
  return shortHex(hashChunk(Buffer.from(content, encoding)))
}

async function codesOfFsck(world: World): Promise<string[]> {
  try {
    return (await world.fsck()).problems.map(({ kind, object }) => `${kind} ${object}`)
  } catch (error) {
    return [(error as { code: string }).code]
  }
}

test('a deep check finds a flipped bit anywhere in a store', async (t) => {
  const world = worldOfTwoCommits(t)
  const store = path.join(world.work, '.dv/store')
  t.deepEqual(await codesOfFsck(world), [])
  const files = meaningfulFiles(store)
  t.true(files.length > 12)
  const unnoticed: string[] = []
  for (const name of files) {
    const file = path.join(store, name)
    const bits = fs.statSync(file).size * 8
    for (const bit of sample(bits, FLIPS)) {
      const good = rewrite(file, (bytes) => {
        bytes[(bit - 1) >> 3]! ^= 1 << ((bit - 1) & 7)
        return bytes
      })
      if ((await codesOfFsck(world)).length === 0) unnoticed.push(`${name}: bit ${bit - 1} of ${bits}`)
      fs.writeFileSync(file, good)
    }
  }
  t.deepEqual(unnoticed, [])
  t.deepEqual(await codesOfFsck(world), [])
})

test('whatever bit of a pack is flipped, no wrong byte is ever returned or checked out', async (t) => {
  const world = worldOfTwoCommits(t)
  const store = path.join(world.work, '.dv/store')
  const right = filesOf(world.work)
  const packs = meaningfulFiles(store).filter((name) => name.startsWith('packs'))
  let refusals = 0
  for (const [i, name] of packs.entries()) {
    const file = path.join(store, name)
    const bit = sample(fs.statSync(file).size * 8, 5)[1 + (i % 3)]!
    const good = rewrite(file, (bytes) => {
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      return bytes
    })
    for (const wanted of ['table', 'noise']) {
      const { status, stdout, code } = world.dv(['cat', wanted])
      if (status === 0) t.is(hashOfCat(stdout), right[wanted]!, `${name}: ${wanted}`)
      else {
        refusals++
        t.true(['DV_CORRUPT', 'DV_MISSING_OBJECT'].includes(code!), code)
        t.is(status, 12)
      }
    }
    fs.rmSync(path.join(world.work, 'table'))
    fs.rmSync(path.join(world.work, 'noise'))
    const { status } = world.dv(['restore', 'table', 'noise'])
    for (const [file, bytes] of Object.entries(filesOf(world.work)))
      t.is(bytes, right[file]!, `${name}: ${file}`)
    if (status === 0) t.deepEqual(filesOf(world.work), right)
    fs.writeFileSync(file, good)
    t.is(world.dv(['restore', '.']).status, 0)
  }
  t.true(refusals > 0)
})

test('a pack, a segment, the index root, a ref or an operation that was cut short is named, with status 12', async (t) => {
  const world = worldOfMerges(t)
  const store = path.join(world.work, '.dv/store')
  const files = meaningfulFiles(store)
  const kinds = {
    'packs/': /pack/,
    'cas/refs/': /ref/,
    'cas/index/': /index root/,
    'operations/': /operation/,
  }
  for (const [prefix, pattern] of Object.entries(kinds)) {
    const name = files.filter((file) => file.startsWith(prefix)).at(-1)!
    for (const keep of [0, 0.5, 0.98]) {
      const good = rewrite(path.join(store, name), (bytes) =>
        bytes.subarray(0, Math.floor(bytes.length * keep)),
      )
      const { status, stdout, stderr } = world.dv(keep === 0.5 ? ['fsck', '--deep'] : ['fsck'])
      t.is(status, 12, `${name} cut to ${keep}: ${stdout}${stderr}`)
      const { problems } = JSON.parse(stdout) as { problems: { object: string; kind: string }[] }
      t.true(
        problems.some(({ object }) => pattern.test(object)),
        `${name} cut to ${keep}: ${stdout}`,
      )
      fs.writeFileSync(path.join(store, name), good)
    }
  }
})

test('a verb that meets what was cut short fails with DV_CORRUPT and status 12', async (t) => {
  const world = worldOfMerges(t)
  const store = path.join(world.work, '.dv/store')
  const files = meaningfulFiles(store)
  const verbs = {
    'packs/': ['switch', '--detach', 'HEAD~1'],
    'cas/refs/heads': ['log'],
    'segments/': ['log'],
    'cas/index/': ['log'],
    'operations/': ['op', 'log'],
  }
  for (const [prefix, args] of Object.entries(verbs)) {
    const cut = files.filter((file) => file.startsWith(prefix))
    const whole = cut.map((name) =>
      rewrite(path.join(store, name), (bytes) => bytes.subarray(0, bytes.length >> 1)),
    )
    const { status, code, stderr } = world.dv(args)
    t.is(code, 'DV_CORRUPT', `${prefix}: ${stderr}`)
    t.is(status, 12)
    cut.forEach((name, i) => fs.writeFileSync(path.join(store, name), whole[i]!))
  }
})
