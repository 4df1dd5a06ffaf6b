import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { comparePaths } from '../../src/base/index.js'
import { blake3, type ContentId, hashChunk, type ManifestId } from '../../src/hash/index.js'
import {
  compareStat,
  isRacy,
  loadStatCache,
  readFileClock,
  scanPath,
  scanTree,
  type StatCacheEntry,
  StatCacheWriter,
  waitForFileClock,
} from '../../src/workspace/index.js'
import { fill, temporaryFolder } from '../helpers/temporary.js'

const path = fc
  .array(fc.constantFrom('a', 'data', 'x.csv', 'é', '😀', '😁', '日本'), { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'))
const entry = fc
  .record({
    path,
    kind: fc.constantFrom('file', 'executable', 'symlink', 'directory'),
    size: fc.nat({ max: 2 ** 48 - 1 }),
    mtimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    ctimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    inode: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    content: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    racy: fc.boolean(),
    inBase: fc.boolean(),
  })
  .map(
    (one) =>
      ({
        ...one,
        content: one.kind === 'directory' ? undefined : Buffer.from(one.content),
      }) as StatCacheEntry,
  )
const list = fc
  .uniqueArray(entry, { selector: (one) => one.path, maxLength: 20 })
  .map((all) => all.toSorted((a, b) => comparePaths(a.path, b.path)))
const base = Buffer.alloc(32, 9) as unknown as ManifestId

function write(file: string, entries: readonly StatCacheEntry[], root?: ManifestId): void {
  const writer = new StatCacheWriter(file)
  for (const one of entries) writer.add(one)
  writer.finish(file, { base: root, isComplete: root !== undefined, over: undefined })
}

test('what is written to a stat cache is read back', (t) => {
  const file = `${temporaryFolder()}/cache`
  fc.assert(
    fc.property(list, fc.boolean(), (entries, hasBase) => {
      write(file, entries, hasBase ? base : undefined)
      const cache = loadStatCache(file)
      t.deepEqual([...cache!.entries()], entries)
      t.deepEqual([...cache!.entries()], entries)
      t.like(cache, { isComplete: hasBase, base: hasBase ? base : undefined })
    }),
    { numRuns: 50 },
  )
})

test('a cache larger than one buffer is read back', (t) => {
  const file = `${temporaryFolder()}/cache`
  const content = Buffer.alloc(32, 1) as unknown as ContentId
  const entries = Array.from({ length: 9000 }, (_, i) => ({
    path: `folder/${String(i).padStart(5, '0')}/${'long'.repeat(i % 60)}`,
    kind: 'file' as const,
    size: i,
    mtimeNs: BigInt(i),
    ctimeNs: 1n,
    inode: 2n,
    content,
    racy: false,
    inBase: true,
  }))
  write(file, entries)
  t.deepEqual([...loadStatCache(file)!.entries()], entries)
})

test('a cache with any bit flipped, cut anywhere or lengthened is absent', (t) => {
  const folder = temporaryFolder()
  const file = `${folder}/cache`
  write(file, fc.sample(list, { numRuns: 1, seed: 3 })[0]!, base)
  const good = fs.readFileSync(file)
  t.truthy(loadStatCache(file))
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bad = Buffer.from(good)
    bad[bit >> 3]! ^= 1 << (bit & 7)
    fs.writeFileSync(file, bad)
    if (loadStatCache(file) !== undefined) t.fail(`bit ${bit}`)
  }
  for (let length = 0; length < good.length; length++) {
    fs.writeFileSync(file, good.subarray(0, length))
    if (loadStatCache(file) !== undefined) t.fail(`length ${length}`)
  }
  fs.writeFileSync(file, Buffer.concat([good, Buffer.of(0)]))
  t.is(loadStatCache(file), undefined)
  t.is(loadStatCache(`${folder}/absent`), undefined)
  t.is(loadStatCache(folder), undefined)
})

test('a cache whose checksum is right and whose rows are none is absent', (t) => {
  const file = `${temporaryFolder()}/cache`
  write(file, [known, { ...known, path: 'b', kind: 'directory', content: undefined }], base)
  const good = fs.readFileSync(file)
  const body = good.length - 32
  const forge = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(good.subarray(0, body))
    change(bytes)
    fs.writeFileSync(file, Buffer.concat([bytes, blake3.hash(bytes)]))
    return loadStatCache(file)
  }
  t.is([...forge(() => {})!.entries()].length, 2)
  // Lengths of a path, the kind of a row, the number of rows: each leads beyond the end, or leaves bytes over.
  for (const at of [11, 12])
    t.is(
      forge((bytes) => (bytes[at] = 0xff)),
      undefined,
    )
  for (const flags of [3, 16])
    t.is(
      forge((bytes) => (bytes[8] = flags)),
      undefined,
    )
  for (const count of [0, 1, 3, 0xffffffff])
    t.is(
      forge((bytes) => bytes.writeUInt32LE(count, body - 8)),
      undefined,
    )
})

test('a writer that gives up leaves the cache that was there, and no litter', (t) => {
  const folder = temporaryFolder()
  write(`${folder}/cache`, [], base)
  new StatCacheWriter(`${folder}/cache`).abandon()
  t.deepEqual(loadStatCache(`${folder}/cache`)?.base, base)
  t.deepEqual(fs.readdirSync(folder), ['cache'])
})

const known: StatCacheEntry = {
  path: 'a',
  kind: 'file',
  size: 5,
  mtimeNs: 10n,
  ctimeNs: 11n,
  inode: 12n,
  content: Buffer.alloc(32) as unknown as ContentId,
  racy: false,
  inBase: true,
}
const found = { path: 'a', kind: 'file' as const, size: 5, mtimeNs: 10n, ctimeNs: 11n, inode: 12n }

test('an entry is the same only when nothing speaks against it', (t) => {
  t.is(compareStat(known, found), 'same')
  t.is(compareStat(known, { ...found, size: 6 }), 'different')
  t.is(compareStat(known, { ...found, kind: 'symlink' }), 'different')
  t.is(compareStat(known, { ...found, kind: 'executable' }), 'different')
  t.is(compareStat({ ...known, racy: true }, found), 'unsure')
  t.is(compareStat(known, { ...found, mtimeNs: 11n }), 'unsure')
  t.is(compareStat(known, { ...found, ctimeNs: 10n }), 'unsure')
  t.is(compareStat(known, { ...found, inode: 1n }), 'unsure')
})

test('the rules of a file system leave out what it changes by itself', (t) => {
  t.is(compareStat(known, { ...found, ctimeNs: 10n }, { ignoreCtime: true }), 'same')
  t.is(compareStat(known, { ...found, inode: 1n }, { ignoreInode: true }), 'same')
  t.is(compareStat({ ...known, kind: 'executable' }, found, { ignoreExecutable: true }), 'same')
  t.is(compareStat({ ...known, kind: 'symlink' }, found, { ignoreExecutable: true }), 'different')
})

test('a file written after the clock was read is racy, one written before a wait is not', async (t) => {
  const root = temporaryFolder()
  const before = readFileClock(root)
  fill(root, { a: 'one' })
  const entry = scanPath(root, 'a')!
  t.true(isRacy(entry, before))
  const after = await waitForFileClock(root, entry.ctimeNs)
  t.true(after > entry.ctimeNs)
  t.false(isRacy(entry, after))
  t.deepEqual(fs.readdirSync(root), ['a'])
})

test('a change that keeps size and mtime is noticed', async (t) => {
  const root = fill(temporaryFolder(), { a: 'one' })
  const first = scanPath(root, 'a')!
  await waitForFileClock(root, first.ctimeNs)
  fs.writeFileSync(`${root}/a`, 'two')
  const { mtimeNs } = first
  fs.utimesSync(`${root}/a`, Number(mtimeNs / 1_000_000_000n), Number(mtimeNs / 1_000_000_000n))
  const entry = { ...first, content: known.content, racy: false, inBase: true }
  t.is(compareStat(entry, scanPath(root, 'a')!), 'unsure')
})

test('times and inodes beyond 64 bits survive a round trip', (t) => {
  const root = fill(temporaryFolder(), { far: '', past: '' })
  fs.utimesSync(`${root}/far`, 2 ** 33, 2 ** 33)
  fs.utimesSync(`${root}/past`, -1000, -1000)
  const entries = [...scanTree(root)].map((one) => ({
    ...one,
    content: known.content,
    racy: false,
    inBase: false,
  }))
  write(`${root}/cache`, entries)
  for (const one of loadStatCache(`${root}/cache`)!.entries())
    t.is(compareStat(one, scanPath(root, one.path)!), 'same')
})

test('the worked example of the spec page is what is written', (t) => {
  const page = fs.readFileSync('spec/10-working-directory.md', 'utf8')
  const block = page.split('```').find((text) => text.trim().startsWith('64 76 73 74'))!
  const hex = block.replace(/(ab|00) × 32/g, (_, byte) => byte.repeat(32)).replace(/\s/g, '')
  const file = `${temporaryFolder()}/cache`
  const times = { mtimeNs: 1_700_000_000_123_456_789n, ctimeNs: 1_700_000_000_223_456_789n }
  const content = hashChunk(Buffer.from('a,b\n1\n'))
  const entries: StatCacheEntry[] = [
    { path: 'data/a.csv', kind: 'file', size: 6, ...times, inode: 1001n, content, racy: false, inBase: true },
    {
      path: 'data/b',
      kind: 'directory',
      size: 0,
      ...times,
      inode: 1002n,
      content: undefined,
      racy: true,
      inBase: false,
    },
  ]
  write(file, entries, Buffer.alloc(32, 0xab) as unknown as ManifestId)
  t.is(fs.readFileSync(file).toString('hex'), hex)
})
