// Transfers between two folders: packs that are wanted whole are copied and looked at in threads.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'ava'
import { DvError } from '../../src/base/index.js'
import { hashChunk } from '../../src/hash/index.js'
import { readRoot } from '../../src/index/index.js'
import { dropPacks } from '../../src/maintenance/index.js'
import { createDirectoryStorage } from '../../src/storage/index.js'
import { transfer } from '../../src/transfer/index.js'
import { checkStore, commitTree, newStore, readTree, sameHistories } from './world.js'

const ALL_WHOLE = { batchChunks: 1000, packBytes: 3000, wholePackBytes: 1 }

function newFolder(t: { teardown: (work: () => void) => void }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dv-transfer-'))
  const storage = createDirectoryStorage(path.join(folder, 'store'))
  t.teardown(() => {
    storage.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })
  return storage
}

/** A history whose second commit stands on the first by deltas. */
async function history(source: ReturnType<typeof newStore>) {
  const first = {
    big: randomBytes(60_000),
    text: 'a text of some length '.repeat(300),
    other: randomBytes(9000),
  }
  const a = await commitTree(source, first)
  const second = { ...first, text: first.text + 'and its end' }
  return { a, b: await commitTree(source, second, { parents: [a], base: mapText(first) }) }
}

function mapText({ text }: { text: string }) {
  return { text }
}

test('transfer() between folders copies whole packs, deltas too, and leaves nothing else behind', async (t) => {
  const [from, to] = [newFolder(t), newFolder(t)]
  const [source, target] = [newStore(from), newStore(to)]
  const { b } = await history(source)
  await transfer({ source, target, commits: [b], haves: [] }, { limits: ALL_WHOLE })
  const names = (folder: typeof from) =>
    fs.readdirSync(path.join(folder.properties.localRoot, 'packs')).sort()
  t.deepEqual(names(to), names(from), 'all under their own names')
  for (const name of names(to)) {
    const file = (folder: typeof from) => path.join(folder.properties.localRoot, 'packs', name)
    t.deepEqual(fs.readFileSync(file(to)), fs.readFileSync(file(from)))
    t.is(fs.statSync(file(to)).mode & 0o222, 0, 'which nobody may write to')
  }
  t.deepEqual(fs.readdirSync(path.join(to.properties.localRoot, 'tmp')), [])
  await checkStore(t, to)
  await sameHistories(t, [source, newStore(to)], [b])
})

for (const wholePackBytes of [1, 8_000_000])
  test(`a base that the source let go of is read where it is going, in packs from ${wholePackBytes} bytes on`, async (t) => {
    const [from, to] = [newFolder(t), newFolder(t)]
    const source = newStore(from)
    const { a, b } = await history(source)
    const wanted = await readTree(source, b)
    await transfer({ source, target: newStore(to), commits: [a], haves: [] })
    const [delta] = await source.locate(hashChunk(Buffer.from(wanted['text']!).subarray(4096)))
    const [base] = await source.locate(delta!.bases[0]!)
    const order = { remote: 'origin', packs: [base!.pack], isHeld: async () => true }
    t.true(await dropPacks(source, order))
    const move = { source: newStore(from), target: newStore(to), commits: [b], haves: [a] }
    await transfer(move, { limits: { ...ALL_WHOLE, wholePackBytes } })
    t.deepEqual(await readTree(newStore(to), b), wanted)
    await checkStore(t, to)
    const elsewhere = { ...move, target: newStore(newFolder(t)), commits: [a, b], haves: [] }
    await t.throwsAsync(transfer(elsewhere), { code: 'DV_ABSENT' })
    t.deepEqual((await readRoot(elsewhere.target.storage)).root.segments, [])
  })

test('transfer() between folders refuses a damaged pack and names it, wherever the damage is', async (t) => {
  const from = newFolder(t)
  const { a } = await history(newStore(from))
  const [ref] = (await readRoot(from)).root.segments.filter(({ offset }) => offset > 60_000)
  const file = path.join(from.properties.localRoot, ref!.key)
  const bytes = fs.readFileSync(file)
  fs.chmodSync(file, 0o644)
  for (const at of [16, 40, 30_000, ref!.offset - 1]) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 1
    fs.writeFileSync(file, damaged)
    const to = newFolder(t)
    const target = newStore(to)
    const moving = transfer(
      { source: newStore(from), target, commits: [a], haves: [] },
      { limits: { ...ALL_WHOLE, wholePackBytes: 20_000 } },
    )
    const error = await t.throwsAsync(moving, { code: 'DV_CORRUPT', instanceOf: DvError })
    t.true(error?.message.includes(path.basename(file)), error?.message)
    t.is((await readRoot(to)).root.segments.length, 0)
    t.deepEqual(fs.readdirSync(path.join(to.properties.localRoot, 'tmp')), [])
  }
})

test('transfer() takes a pack apart whose footer is damaged: what is in it is whole', async (t) => {
  const from = newFolder(t)
  const { b } = await history(newStore(from))
  const source = newStore(from)
  // In memory from now on, as after a merge of segments into one that lies elsewhere.
  for (const ref of (await source.index.root()).segments) await source.index.segment(ref)
  for (const { key, offset, length } of (await source.index.root()).segments) {
    const file = path.join(from.properties.localRoot, key)
    const bytes = fs.readFileSync(file)
    bytes[offset + length - 1]! ^= 1
    fs.chmodSync(file, 0o644)
    fs.writeFileSync(file, bytes)
  }
  const to = newFolder(t)
  await transfer({ source, target: newStore(to), commits: [b], haves: [] }, { limits: ALL_WHOLE })
  await checkStore(t, to)
  await sameHistories(t, [source, newStore(to)], [b])
})

test('transfer() between folders stops when it is told to, and leaves no file under construction', async (t) => {
  const [from, to] = [newFolder(t), newFolder(t)]
  const source = newStore(from)
  const { b } = await history(source)
  const controller = new AbortController()
  const onProgress = ({ unit }: { unit: string }) =>
    void (unit === 'bytes' && controller.abort(new DvError('DV_INTERRUPTED', 'Interrupted')))
  const request = { source, target: newStore(to), commits: [b], haves: [] }
  await t.throwsAsync(transfer(request, { limits: ALL_WHOLE, signal: controller.signal, onProgress }), {
    code: 'DV_INTERRUPTED',
  })
  t.deepEqual(fs.readdirSync(path.join(to.properties.localRoot, 'tmp')), [])
  await checkStore(t, to)
  t.false(await newStore(to).has(b))
})
