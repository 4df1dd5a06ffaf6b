// Bit rot: single bits flipped at random in a real store of everything a store can hold. Each flip is found by fsck --deep;
// nothing that cat or a checkout gives is ever wrong; and repair, with a good remote, makes it as it was.
//
// DV_SEED draws the same lots again, which a failure tells.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Reader } from '../../src/api/index.js'
import { isDvError } from '../../src/base/index.js'
import { toHex } from '../../src/hash/index.js'
import { listAllRefs } from '../../src/refs/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { FULL_STORE_CHUNKS, fillStore } from '../helpers/full-store.js'
import { testRepository, type TestRepository } from '../helpers/repository.js'
import { howMany, lots, seed, tell } from '../helpers/torture.js'

const FLIPS = howMany({ daily: 60, torture: 1000 })
/** Not objects: what is being written, and what can be had again. */
const NO_OBJECTS = new Set(['tmp', 'derived', 'damaged'])
const REVISIONS = ['main', 'v1', 'main~4']

interface World extends TestRepository {
  store: string
  /** What is right, by revision and path. */
  right: Map<string, string>
  refs: string[]
  /** Makes everything as it was. */
  restore(): void
}

async function makeWorld(t: ExecutionContext): Promise<World> {
  const made = await testRepository(t, undefined, { chunkSize: FULL_STORE_CHUNKS })
  await fillStore(made)
  const remote = path.join(made.root, '../remote')
  await made.repository.addRemote({ name: 'origin', url: remote })
  const push = { all: true, tags: true, setUpstream: false, forceWithLease: false }
  await made.repository.push({ ...push, remote: 'origin', refs: [] })
  const saved = path.join(made.root, '../saved')
  fs.cpSync(made.root, saved, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  const world: World = {
    ...made,
    store: path.join(made.root, '.dv/store'),
    right: new Map(),
    refs: [],
    restore() {
      fs.rmSync(made.root, { recursive: true })
      fs.cpSync(saved, made.root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
    },
  }
  world.refs = await refsOf(world)
  const reader = await made.api.reader()
  for (const revision of REVISIONS) {
    for await (const { path, kind } of reader.ls({ operands: [`${revision}:`], recursive: true }))
      if (kind !== 'directory')
        world.right.set(`${revision}:${path}`, await bytesOf(reader, `${revision}:${path}`))
  }
  await reader.close()
  return world
}

async function bytesOf(reader: Reader, address: string): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of (await reader.cat({ address })).content) parts.push(part)
  return Buffer.concat(parts).toString('latin1')
}

async function refsOf({ store }: { store: string }): Promise<string[]> {
  const refs = await listAllRefs(openDirectoryStorage(store, { readOnly: true }))
  return refs.map(({ ref, value }) => `${ref} ${toHex(value.target)} ${value.operation}`).sort()
}

/** Half of the flips by file, so that small records get theirs; half by byte. */
function place(store: string, random: () => number): { file: string; bit: number } {
  const files = fs
    .readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(store, path.join(entry.parentPath, entry.name)))
    .filter((name) => !NO_OBJECTS.has(name.split(path.sep)[0]!))
    .sort()
  const sizes = files.map((file) => fs.statSync(path.join(store, file)).size)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let at = Math.floor(random() * (random() < 0.5 ? total : 0)) || -1
  let i = at < 0 ? Math.floor(random() * files.length) : 0
  if (at >= 0) while (at >= sizes[i]!) at -= sizes[i++]!
  else at = Math.floor(random() * sizes[i]!)
  return { file: files[i]!, bit: at * 8 + Math.floor(random() * 8) }
}

function flip(file: string, bit: number): void {
  const bytes = fs.readFileSync(file)
  bytes[bit >> 3]! ^= 1 << (bit & 7)
  fs.chmodSync(file, 0o644)
  fs.writeFileSync(file, bytes)
}

/** Whatever is given is right; what cannot be given is an error of damage. Returns how many were refused. */
async function readAll(t: ExecutionContext, world: World, where: string): Promise<number> {
  let refused = 0
  const reader = await world.api.reader().catch((error) => refusal(t, error, where))
  for (const [address, right] of world.right) {
    try {
      if (reader) t.is(await bytesOf(reader, address), right, `${where}: ${address}`)
      else refused++
    } catch (error) {
      refusal(t, error, `${where}: ${address}`)
      refused++
    }
  }
  await reader?.close()
  return refused
}

/** Nothing but damage may be the reason. */
function refusal(t: ExecutionContext, error: unknown, where: string): undefined {
  if (!isDvError(error)) throw error
  t.true(['DV_CORRUPT', 'DV_MISSING_OBJECT'].includes(error.code), `${where}: ${error.code} ${error.message}`)
}

async function checkOut(t: ExecutionContext, world: World, where: string): Promise<void> {
  for (const name of fs.readdirSync(world.root))
    if (name !== '.dv') fs.rmSync(path.join(world.root, name), { recursive: true })
  try {
    const repository = await world.api.open()
    try {
      await repository.restore({ paths: ['.'] })
    } finally {
      await repository.close()
    }
  } catch (error) {
    refusal(t, error, `${where}: checkout`)
  }
  for (const name of world.list()) {
    const full = path.join(world.root, name)
    const bytes = fs.lstatSync(full).isSymbolicLink()
      ? fs.readlinkSync(full)
      : fs.readFileSync(full, 'latin1')
    t.is(bytes, world.right.get(`main:${name}`)!, `${where}: checkout of ${name}`)
  }
}

test(`single bits flipped anywhere: all found, nothing wrong is given, all repaired`, async (t) => {
  t.timeout(60 * 60 * 1000)
  const world = await makeWorld(t)
  const figures = { flips: 0, found: 0, refused: 0, repaired: 0 }
  for (let i = 1; i <= FLIPS; i++) {
    const { file, bit } = place(world.store, lots(`flip ${i}`))
    const where = `flip ${i} of seed ${seed}: ${file} bit ${bit}`
    flip(path.join(world.store, file), bit)
    figures.flips++
    const { problems } = await world.api.fsck({ deep: true })
    t.true(problems.length > 0, `${where}: not found`)
    figures.found += problems.length > 0 ? 1 : 0
    figures.refused += await readAll(t, world, where)
    await checkOut(t, world, where)
    const repaired = await world.api.repair({ dryRun: false })
    t.deepEqual(repaired.problems, [], where)
    t.deepEqual((await world.api.fsck({ deep: true })).problems, [], where)
    t.deepEqual(await refsOf(world), world.refs, where)
    t.is(await readAll(t, world, where), 0, where)
    figures.repaired++
    world.restore()
  }
  tell(t, figures)
})
