// Refs and records of purges that a remote forged: whichever verb reads them ends well or in an error of dv, nothing around
// changes, and what was here is here.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { seal } from '../../src/codec/index.js'
import { toHex } from '../../src/hash/index.js'
import { changeRoot } from '../../src/index/index.js'
import { readCommit } from '../../src/history/index.js'
import { branchRef, listAllRefs, tagRef } from '../../src/refs/index.js'
import { type DirectoryStorage, openDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore, purgeKey } from '../../src/store/index.js'
import { refKey } from '../../src/refs/names.js'
import { testRepository } from '../helpers/repository.js'
import { howMany, lots } from '../helpers/torture.js'
import { dv } from './program.js'
import { watched } from './watched.js'

const BUG = 255
const NOBODYS = 'ab'.repeat(32)
const VERBS = [
  'fetch far',
  'fetch far --prune --dry-run',
  'pull far main',
  'clone ../far ../copy',
  'clone ../far ../copy --lazy',
  'clone ../far ../copy --depth 1',
  'mirror far ../other',
  'mirror ../far ../twin --force --prune',
  'push far main',
  'push far --all --tags',
  'sync far',
  'gc --remote far --now',
  'fsck far',
  'fsck far --deep',
  'repair far --dry-run',
  'subset create small --where true --at far/main',
  'log far/main',
  'packages far',
]

interface World {
  root: string
  commit: string
  manifest: string
  /** The store somewhere else, for what no verb makes. */
  far: DirectoryStorage
}

async function world(t: ExecutionContext): Promise<World & { reset(): void }> {
  const made = await testRepository(t, { kept: 'kept', 'a/kept': 'kept too' })
  const { root } = made
  const parent = path.dirname(root)
  const at = path.join(parent, 'far')
  await made.repository.addRemote({ name: 'far', url: at })
  t.is((await dv(root, 'tag', 'v1', '-m', 'first')).status, 0)
  t.is((await dv(root, 'push', 'far', 'main', '--tags')).status, 0)
  fs.writeFileSync(path.join(parent, 'beside'), 'beside')
  const kept = path.join(parent, 'home/kept')
  for (const name of ['work', 'far'])
    fs.cpSync(path.join(parent, name), path.join(kept, name), { recursive: true, preserveTimestamps: true })
  const far = openDirectoryStorage(at)
  t.teardown(() => far.close())
  const [head] = await listAllRefs(far, ['heads'])
  const { manifest } = await readCommit(new ObjectStore(far), head!.value.target)
  return {
    ...{ root, far, commit: toHex(head!.value.target), manifest: toHex(manifest) },
    reset() {
      far.close()
      for (const name of ['work', 'far', 'copy', 'other', 'twin', 'small'])
        fs.rmSync(path.join(parent, name), { recursive: true, force: true })
      for (const name of ['work', 'far'])
        fs.cpSync(path.join(kept, name), path.join(parent, name), {
          recursive: true,
          preserveTimestamps: true,
        })
    },
  }
}

type Forgery = (world: World) => Promise<void>

/** Sets a mutable name, whatever it is. */
async function put({ far }: World, key: string, bytes: Buffer): Promise<void> {
  await far.compareAndSwap(key, (await far.read(key))?.version, bytes)
}

function refTo(target: string, more: object = {}): Buffer {
  return seal({ version: 1, target, operation: 'forged-1-00000000', updated: 0, ...more })
}

function atName(name: string): Forgery {
  return async (world) => put(world, name, refTo(world.commit))
}

/** `refs/names` with these keys beside the true ones. */
function named(keys: (world: World) => readonly unknown[]): Forgery {
  return (world) => put(world, 'refs/names', seal({ version: 1, keys: ['refs/heads/main', ...keys(world)] }))
}

const VALUE = (make: (world: World) => Buffer): Forgery => {
  return (world) => put(world, refKey(branchRef('evil')), make(world))
}

const REFS: Record<string, Forgery> = {
  'a name that begins with %2e%2e': atName('refs/heads/%2e%2e%2fbeside'),
  'a name in capitals': atName('refs/heads/%4d%41%49%4e'),
  'a branch and one that differs in case': async (world) => {
    await atName(refKey(branchRef('MAIN')))(world)
    await named(() => [refKey(branchRef('MAIN'))])(world)
  },
  'a name with a control character': atName('refs/heads/a%1b%5b2jb'),
  'a name that is an option': atName('refs/heads/-rf'),
  'a name like an id': atName(`refs/heads/${NOBODYS}`),
  'a kind that is none': atName('refs/stash/x'),
  'a tracking ref with a name too few': atName('refs/remotes/origin'),
  'names that lead elsewhere': named(() => [
    '../../beside',
    '/etc/passwd',
    'refs/heads/../../dv.json',
    'dv.json',
  ]),
  'names that are no texts': named(() => [7, {}, ['refs/heads/x']]),
  'a name of a megabyte': named(() => [`refs/heads/${'x'.repeat(2 ** 20)}`]),
  'fifty thousand names of nothing': named(() =>
    Array.from({ length: 50_000 }, (_, i) => `refs/heads/nothing-${i}`),
  ),
  'a commit that does not exist': VALUE(() => refTo(NOBODYS)),
  'a tree for a commit': VALUE(({ manifest }) => refTo(manifest)),
  'a commit for a tag': (world) =>
    put(world, refKey(tagRef('evil')), refTo(world.commit, { tag: world.commit })),
  'a tag that does not exist': (world) =>
    put(world, refKey(tagRef('evil')), refTo(world.commit, { tag: NOBODYS })),
  'a tag of another commit': async (world) => {
    const [v1] = await listAllRefs(world.far, ['tags'])
    await put(world, refKey(tagRef('evil')), refTo(NOBODYS, { tag: toHex(v1!.value.tag!) }))
  },
  'a target that is a path': VALUE(() => refTo('../../beside')),
  'a target of a million digits': VALUE(() => refTo('a'.repeat(1_000_000))),
  'an operation that steers a terminal': VALUE(({ commit }) => refTo(commit, { operation: '\x1b[2J' })),
  'a time of no calendar': VALUE(({ commit }) => refTo(commit, { updated: Number.MAX_SAFE_INTEGER })),
  'a time that is none': VALUE(({ commit }) => refTo(commit, { updated: 1.5 })),
  'bytes that are no record': VALUE(() => Buffer.alloc(1000, 0xff)),
  'the branch itself gone to nobody': (world) => put(world, refKey(branchRef('main')), refTo(NOBODYS)),
}

/** A record of a purge that the index root names. */
function purging(make: (world: World) => object, { isNamed = true } = {}): Forgery {
  return async (world) => {
    const name = 'f0'.repeat(16)
    await world.far.put(purgeKey(name), seal(make(world)))
    if (isNamed) await changeRoot(world.far, (root) => ({ ...root, purged: [...root.purged, name] }))
  }
}

const RECORD = { format: 1, time: 0, by: 'Eve <eve@example.org>', reason: 'forged', contents: [], paths: [] }

const PURGES: Record<string, Forgery> = {
  'what nobody has': purging(() => ({ ...RECORD, contents: [[NOBODYS, 8]] })),
  'a commit': purging(({ commit }) => ({ ...RECORD, contents: [[commit, 8]] })),
  'a tree': purging(({ manifest }) => ({ ...RECORD, contents: [[manifest, 0]] })),
  'a time of no calendar': purging(() => ({ ...RECORD, time: 8.64e15 + 1 })),
  'a time before all': purging(() => ({ ...RECORD, time: -1 })),
  'paths that lead elsewhere': purging(() => ({
    ...RECORD,
    contents: [[NOBODYS, 8]],
    paths: ['../beside', '/etc/passwd', '.dv/head'],
  })),
  'a reason that steers a terminal': purging(() => ({
    ...RECORD,
    reason: '\x1b[2J',
    contents: [[NOBODYS, 8]],
  })),
  'contents that are none': purging(() => ({ ...RECORD, contents: ['../x', 7] })),
  'contents beyond the cap': purging(() => ({
    ...RECORD,
    contents: Array.from({ length: 65_537 }, (_, i) => [i.toString(16).padStart(64, '0'), i]),
  })),
  'a size that is none': purging(() => ({ ...RECORD, contents: [[NOBODYS, -1]] })),
  'a record that is not there': async ({ far }) => {
    await changeRoot(far, (root) => ({ ...root, purged: ['0d'.repeat(16)] }))
  },
}

/** Verbs of another day; all by the torture runner. */
function verbsOf(title: string): string[] {
  const lot = lots(title)
  const drawn = VERBS.map((verb) => ({ verb, at: lot() })).sort((a, b) => a.at - b.at)
  return drawn.slice(0, howMany({ daily: 1, torture: Infinity })).map(({ verb }) => verb)
}

/** What a user has, apart from what is remembered of remotes. */
function own(root: string): string[] {
  return ['kept', 'a/kept'].map((name) => fs.readFileSync(path.join(root, name), 'utf8'))
}

for (const [kind, forgeries] of Object.entries({ ref: REFS, purge: PURGES }))
  for (const [title, forge] of Object.entries(forgeries))
    test(`a forged ${kind} in a remote, ${title}: nothing around changes and nothing is lost, whatever verb reads it`, async (t) => {
      const made = await world(t)
      const { root } = made
      const around = () =>
        watched(path.dirname(root), ['work', 'far', 'home', 'copy', 'other', 'twin', 'small'])
      const before = around()
      for (const verb of verbsOf(`${kind} ${title}`)) {
        made.reset()
        await forge(made)
        const files = own(root)
        const { status, code, out } = await dv(root, ...verb.split(' '))
        t.not(status, BUG, `${verb}: ${out}`)
        t.true(status === 0 || code !== undefined || [3, 12].includes(status), `${verb}: ${status} ${out}`)
        t.deepEqual(around(), before, verb)
        t.deepEqual(own(root), files, verb)
        const checked = await dv(root, 'fsck', '--deep')
        t.true([0, 12].includes(checked.status), `${verb}, fsck: ${checked.out}`)
        t.regex((await dv(root, 'cat', 'main:kept')).out, /"content":"kept"/, verb)
        t.regex((await dv(root, 'cat', `${made.commit}:a/kept`)).out, /"content":"kept too"/, verb)
        t.false(out.includes('\x1b'), verb)
      }
    })
