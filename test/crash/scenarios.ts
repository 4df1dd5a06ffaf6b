// What is interrupted: one run of dv each, and what must be there before it.
import fs from 'node:fs'
import path from 'node:path'
import { change } from '../helpers/damage.js'
import { noise } from '../helpers/noise.js'
import { CHECK_SCENARIOS } from './check-scenarios.js'
import type { World } from './harness.js'

export interface Scenario {
  title: string
  /** `ok` runs dv in `work` and fails the test when that fails. */
  prepare(world: World, ok: (...args: string[]) => void): void
  /** In `work`. */
  args: readonly string[]
  /** Exit status of the whole run; 0 when left out. */
  status?: number
  /** Working directories beside `work`, and stores without one, in the world's folder. */
  workdirs?: readonly string[]
  stores?: readonly string[]
  /** Types what takes the place of files that were lost with the power, where 'dv restore' does not. */
  putBack?: readonly string[]
  /** What the user had not committed, and was told to give up: a file and its text. An undo brings it back. */
  givenUp?: { file: string; text: string }
  /** Bytes that no store holds afterwards. */
  gone?: Buffer
  /** What it changes are packs. */
  isAboutPacks?: boolean
  /** What it changes is metadata that waits for a commit. */
  isAboutMetadata?: boolean
  /** The store in `work` is, until it is done. */
  isDamaged?: boolean
}

export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'init',
    prepare: ({ folder }) => {
      fs.mkdirSync(path.join(folder, 'home/data'), { recursive: true })
      fs.writeFileSync(path.join(folder, 'home/data/mine'), 'mine')
    },
    args: ['init', '../new/data'],
    workdirs: ['new/data'],
  },
  {
    title: 'first commit',
    prepare: ({ work }) => writeTree(work, 1),
    args: ['commit', '-m', 'one'],
  },
  {
    title: 'commit',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok('commit', '-m', 'one')
      writeTree(work, 2)
    },
    args: ['commit', '-m', 'two'],
  },
  {
    title: 'meta set',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok('commit', '-m', 'one')
      ok('meta', 'set', 'many/deep', 'plate=7')
    },
    args: ['meta', 'set', '**', 'line=AICS-23'],
    isAboutMetadata: true,
  },
  {
    title: 'meta set --to',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok('commit', '-m', 'one')
      ok('branch', 'other')
    },
    args: ['meta', 'set', '--to', 'other', '-m', 'Line', '**', 'line=AICS-23'],
  },
  {
    title: 'commit of files and metadata',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok('commit', '-m', 'one')
      writeTree(work, 2)
      ok('meta', 'set', 'many/1', 'many/deep', 'plate=7')
    },
    args: ['commit', '-m', 'two'],
  },
  {
    title: 'commit of some paths',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok('commit', '-m', 'one')
      writeTree(work, 2)
    },
    args: ['commit', '-m', 'two', 'many'],
  },
  {
    title: 'subset create',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok('commit', '-m', 'one')
    },
    args: ['subset', 'create', 'part', '--where', "path LIKE 'many%'"],
  },
  {
    title: 'subset refresh',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok('commit', '-m', 'one')
      ok('subset', 'create', 'part', '--where', "path LIKE 'many%'")
      writeTree(work, 2)
      ok('commit', '-m', 'two')
      ok('switch', 'part')
      fs.writeFileSync(path.join(work, 'mine'), 'mine')
      ok('commit', '-m', 'mine')
    },
    args: ['subset', 'refresh'],
  },
  {
    title: 'switch by an expression',
    prepare(world, ok) {
      twoBranches(world, ok)
      const sized = (name: string, bytes: number) =>
        fs.writeFileSync(path.join(world.work, name), 'x'.repeat(bytes))
      const both = (grown: number, shrunk: number) => {
        sized('grows', grown)
        sized('shrinks', shrunk)
        ok('commit', '-m', 'sizes')
      }
      both(300, 100)
      ok('switch', 'main')
      both(100, 300)
      ok('checkout', '--where', 'size < 150')
    },
    args: ['switch', 'topic'],
  },
  {
    title: 'switch',
    prepare(world, ok) {
      twoBranches(world, ok)
      writeOwn(world)
    },
    args: ['switch', 'main'],
  },
  {
    title: 'checkout of a commit over changes',
    prepare(world, ok) {
      twoBranches(world, ok)
      writeOwn(world)
      fs.writeFileSync(path.join(world.work, 'many/0'), 'changed, and not committed')
    },
    args: ['checkout', '--force', 'main~0'],
    givenUp: { file: 'many/0', text: 'changed, and not committed' },
  },
  {
    title: 'restore',
    prepare(world, ok) {
      twoBranches(world, ok)
      writeTree(world.work, 3)
      writeOwn(world)
    },
    args: ['restore', '.'],
  },
  {
    title: 'tag',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok('commit', '-m', 'one')
    },
    args: ['tag', '-m', 'the first', 'v1'],
  },
  {
    title: 'undo of a commit',
    prepare(world, ok) {
      writeTree(world.work, 1)
      ok('commit', '-m', 'one')
      writeTree(world.work, 2)
      ok('commit', '-m', 'two')
    },
    args: ['undo'],
  },
  {
    title: 'undo of a switch',
    prepare(world, ok) {
      twoBranches(world, ok)
      ok('switch', 'main')
      writeOwn(world)
    },
    args: ['undo'],
  },
  {
    title: 'merge',
    prepare(world, ok) {
      forked(world, ok)
      writeOwn(world)
    },
    args: ['merge', 'topic'],
  },
  {
    title: 'merge with conflicts',
    prepare(world, ok) {
      forked(world, ok)
      fs.writeFileSync(path.join(world.work, 'large'), 'changed on main too')
      ok('commit', '-m', 'four')
      writeOwn(world)
    },
    args: ['merge', 'topic'],
    status: 3,
  },
  {
    title: 'push to a folder',
    prepare(world, ok) {
      pushed(world, ok)
      writeTree(world.work, 2)
      ok('commit', '-m', 'two')
    },
    args: ['push'],
    stores: ['remote'],
  },
  {
    title: 'first push to a folder',
    prepare(world, ok) {
      writeTree(world.work, 1)
      ok('commit', '-m', 'one')
      ok('remote', 'add', 'origin', '../remote')
    },
    args: ['push', '-u', 'origin', 'main'],
    stores: ['remote'],
  },
  {
    title: 'fetch',
    prepare: (world, ok) => {
      pushed(world, ok)
      pushedByAnother(world, ok)
    },
    args: ['fetch'],
    stores: ['remote'],
  },
  {
    title: 'sync',
    prepare(world, ok) {
      pushed(world, ok)
      pushedByAnother(world, ok)
      fs.writeFileSync(path.join(world.work, 'more'), 'of work')
      ok('commit', '-m', 'ours')
      writeOwn(world)
    },
    args: ['sync'],
    stores: ['remote'],
  },
  {
    title: 'clone',
    prepare: pushed,
    args: ['clone', '../remote', '../copy'],
    stores: ['remote'],
    workdirs: ['copy'],
  },
  {
    title: 'lazy clone',
    prepare: pushed,
    args: ['clone', '--lazy', '../remote', '../copy'],
    stores: ['remote'],
    workdirs: ['copy'],
  },
  {
    title: 'drop',
    prepare(world, ok) {
      pushed(world, ok)
      writeOwn(world)
    },
    args: ['drop', '--all'],
    isAboutPacks: true,
    stores: ['remote'],
  },
  {
    title: 'drop of files',
    prepare(world, ok) {
      pushed(world, ok)
      writeOwn(world)
    },
    args: ['drop', '--files', 'many'],
    stores: ['remote'],
  },
  {
    title: 'purge with the files',
    prepare(world, ok) {
      fs.writeFileSync(path.join(world.work, 'secret'), noise(40_000, 5))
      pushed(world, ok)
      writeTree(world.work, 2)
      ok('commit', '-m', 'two')
    },
    args: ['purge', 'secret', '--files', '--reason', 'no consent', '--yes'],
    stores: ['remote'],
    gone: noise(40_000, 5).subarray(1000, 1064),
  },
  {
    title: 'gc',
    prepare: withGarbage,
    args: ['gc', 'run', '--now', '--operations', '0d'],
    isAboutPacks: true,
  },
  {
    title: 'undo of a gc',
    prepare(world, ok) {
      withGarbage(world, ok)
      olderThanGrace(path.join(world.work, '.dv/store/packs'))
      ok('gc', 'run', '--operations', '0d')
    },
    args: ['gc', 'undo'],
    isAboutPacks: true,
  },
  {
    title: 'gc of a remote',
    prepare(world, ok) {
      pushed(world, ok)
      writeTree(world.work, 2)
      ok('commit', '--amend', '-m', 'one again')
      ok('push', '--force-with-lease')
    },
    args: ['gc', 'run', '--now', '--remote', 'origin'],
    stores: ['remote'],
    isAboutPacks: true,
  },
  {
    title: 'purge',
    prepare(world, ok) {
      pushed(world, ok)
      writeTree(world.work, 2)
      ok('commit', '-m', 'two')
      writeOwn(world)
    },
    args: ['purge', 'large', 'many/0', '--reason', 'taken back', '--yes'],
    stores: ['remote'],
    isAboutPacks: true,
  },
  {
    title: 'repair of a lost index',
    prepare(world, ok) {
      twoBranches(world, ok)
      loseIndex(world)
    },
    args: ['repair'],
    isAboutPacks: true,
    isDamaged: true,
  },
  {
    title: 'repair from a remote',
    prepare(world, ok) {
      pushed(world, ok)
      writeOwn(world)
      damagePacks(world, (bytes) => bytes.fill(0, bytes.length >> 2, (bytes.length >> 2) + 30))
    },
    args: ['repair'],
    stores: ['remote'],
    isAboutPacks: true,
    isDamaged: true,
  },
  {
    title: 'require',
    prepare(world, ok) {
      pushed(world, ok)
      ok('require', '../remote@main', 'first')
    },
    args: ['require', '../remote@main:many', 'second'],
    putBack: ['require', '../remote@main:many', 'second'],
    stores: ['remote'],
  },
  {
    title: 'install',
    prepare: (world, ok) => required(world, ok),
    args: ['install'],
    putBack: ['install', '--force'],
    stores: ['remote'],
  },
  {
    title: 'install of another version',
    prepare(world, ok) {
      required(world, ok)
      ok('install')
      pushedByAnother(world, ok)
      ok('update')
      fs.writeFileSync(path.join(world.work, 'data/photos/own'), "the user's own")
    },
    args: ['install'],
    putBack: ['install', '--force'],
    stores: ['remote'],
  },
  {
    title: 'commit --to',
    prepare(world, ok) {
      pushed(world, ok)
      writeTree(world.work, 2)
    },
    args: ['commit', '--to', 'origin', '-m', 'two'],
    stores: ['remote'],
  },
  ...CHECK_SCENARIOS,
]

/** A few kinds of files; versions differ in some of them. */
export function writeTree(work: string, version: number): void {
  fs.mkdirSync(path.join(work, 'many/deep'), { recursive: true })
  for (let i = 0; i < 12; i++)
    fs.writeFileSync(path.join(work, `many/${i}`), `file ${i} ${i % 4 === 0 ? version : 1}`)
  fs.writeFileSync(path.join(work, 'large'), Buffer.alloc(300_000, `${version} large `))
  fs.rmSync(path.join(work, 'link'), { force: true })
  fs.symlinkSync(`many/${version}`, path.join(work, 'link'))
  fs.writeFileSync(path.join(work, `many/deep/only-${version}`), 'here')
  fs.rmSync(path.join(work, `many/deep/only-${version - 1}`), { force: true })
  fs.writeFileSync(path.join(work, 'same'), 'the same in all')
}

/** Work of the user's that is in no commit and in nobody's way. */
function writeOwn({ work }: World): void {
  fs.writeFileSync(path.join(work, 'same'), 'changed by the user')
  fs.writeFileSync(path.join(work, 'untracked'), 'new')
}

function twoBranches({ work }: World, ok: (...args: string[]) => void): void {
  writeTree(work, 1)
  ok('commit', '-m', 'one')
  ok('switch', '-c', 'topic')
  writeTree(work, 2)
  ok('commit', '-m', 'two')
}

function forked(world: World, ok: (...args: string[]) => void): void {
  twoBranches(world, ok)
  ok('switch', 'main')
  fs.writeFileSync(path.join(world.work, 'more'), 'of main')
  ok('commit', '-m', 'three')
}

function pushed({ work }: World, ok: (...args: string[]) => void): void {
  writeTree(work, 1)
  ok('commit', '-m', 'one')
  ok('remote', 'add', 'origin', '../remote')
  ok('push', '-u', 'origin', 'main')
}

/** Code in `work` that needs what the remote has. */
function required(world: World, ok: (...args: string[]) => void): void {
  pushed(world, ok)
  ok('require', '../remote@main', 'photos')
}

/** Packs that are wholly garbage, and one of which a part is. */
function withGarbage(world: World, ok: (...args: string[]) => void): void {
  twoBranches(world, ok)
  fs.writeFileSync(path.join(world.work, 'more'), noise(200_000, 1))
  ok('commit', '-m', 'three')
  ok('commit', '--amend', '-m', 'three again', '--author', 'Bob <bob@example.org>')
  ok('switch', 'main')
  ok('branch', '-D', 'topic')
  writeOwn(world)
}

/** What is younger is not marked. */
function olderThanGrace(packs: string): void {
  const then = Date.now() / 1000 - 7200
  for (const name of fs.readdirSync(packs)) fs.utimesSync(path.join(packs, name), then, then)
}

function loseIndex({ work }: World): void {
  for (const name of ['cas/index', 'index'])
    fs.rmSync(path.join(work, '.dv/store', name), { recursive: true })
}

function damagePacks({ work }: World, edit: (bytes: Buffer) => Buffer): void {
  const packs = path.join(work, '.dv/store/packs')
  for (const name of fs.readdirSync(packs)) change(path.join(packs, name), edit)
}

function pushedByAnother({ folder }: World, ok: (...args: string[]) => void): void {
  const other = path.join(folder, 'other')
  ok('clone', '../remote', other)
  writeTree(other, 2)
  ok('-C', other, 'commit', '--author', 'Bob <bob@example.org>', '-m', 'theirs')
  ok('-C', other, 'push')
  fs.rmSync(other, { recursive: true })
}
