// Random sequences of edits, commits, switches, restores and undos against a model: a map of paths to what stands there,
// one per commit and one for the disk.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { isDvError, isWithin } from '../../src/base/index.js'
import { type TestFile, type TestRepository, testRepository } from '../helpers/repository.js'

/** What stands at each path: 'f:bytes', 'x:bytes' (executable), 'l:target', 'd:' (an empty directory). */
type Tree = ReadonlyMap<string, string>

// Files that are directories elsewhere, neighbours in order ('a-b' sorts behind 'a/b'), one that ignore rules hide.
const PATHS = ['a', 'a/b', 'a/b/c', 'a-b', 'd/e', 'd/f', 'd', 'x.tmp', 'k/x.tmp', 'k']
// Of one size, so that only bytes or times can tell.
const CONTENTS: TestFile[] = ['one', 'two', { executable: 'one' }, { link: 'a-b' }, 'longer']

type Step =
  | { do: 'write'; path: string; content: TestFile }
  | { do: 'remove' | 'restore' | 'commit-path'; path: string }
  | { do: 'switch' | 'force'; commit: number }
  | { do: 'commit' | 'undo' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      path: fc.constantFrom(...PATHS),
      content: fc.constantFrom(...CONTENTS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('remove' as const, 'restore' as const, 'commit-path' as const),
      path: fc.constantFrom(...PATHS),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('switch' as const, 'force' as const), commit: fc.nat(9) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('commit' as const, 'undo' as const) }) },
)

interface World {
  repository: TestRepository
  commits: { id: string; tree: Tree }[]
  head: number
  /** What an undo leads back to; undefined: files were changed since. */
  before: { disk: Tree; head: number } | undefined
}

test('whatever is done, status tells the difference, checkouts give the bytes, undo gives them back', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const world = await createWorld(t)
      for (const one of steps) {
        await carryOut(world, one)
        await compareStatus(world)
      }
      await world.repository.repository.close()
    }),
    { numRuns: 20, includeErrorInReport: true },
  )
  t.pass()
})

async function createWorld(t: ExecutionContext): Promise<World> {
  const repository = await testRepository(t)
  // Ignored, and yet recorded once it was: then changes of it count.
  repository.write({ '.dvignore': 'x.tmp\n', 'a/b': 'one', 'd/e': 'two', 'a-b': { executable: 'one' } })
  const { commit } = await repository.commit('First')
  return {
    repository,
    commits: [{ id: commit.id, tree: readDisk(repository.root) }],
    head: 0,
    before: undefined,
  }
}

async function carryOut(world: World, step: Step): Promise<void> {
  if (step.do === 'write') write(world, step.path, step.content)
  else if (step.do === 'remove') write(world, step.path, undefined)
  else if (step.do === 'commit') await commit(world, [])
  else if (step.do === 'commit-path') await commit(world, [step.path])
  else if (step.do === 'restore') await restore(world, step.path)
  else if (step.do === 'undo') await undo(world)
  else if ('commit' in step) await switchTo(world, step.commit % world.commits.length, step.do === 'force')
}

function write(world: World, file: string, content: TestFile): void {
  const { root } = world.repository
  const names = file.split('/')
  for (let depth = 1; depth < names.length; depth++) {
    const parent = path.join(root, ...names.slice(0, depth))
    if (fs.lstatSync(parent, { throwIfNoEntry: false })?.isDirectory() === false) fs.rmSync(parent)
  }
  world.repository.write({ [file]: content })
  world.before = undefined
}

async function commit(world: World, paths: string[]): Promise<void> {
  const { repository } = world
  const disk = readDisk(repository.root)
  const old = world.commits[world.head]!.tree
  const tree = recordedOf(disk, old, paths)
  try {
    const { commit } = await repository.commit('More', { paths })
    world.before = { disk, head: world.head }
    world.commits.push({ id: commit.id, tree })
    world.head = world.commits.length - 1
    equalTrees(readDisk(repository.root), disk, 'a commit leaves the files alone')
  } catch (error) {
    if (isDvError(error, 'DV_NOTHING_TO_COMMIT')) equalTrees(tree, old, 'nothing to commit')
    // A part of the changes may not be a tree: a file where the other part has a directory.
    else if (
      !isDvError(error, 'DV_UNKNOWN_PATH') &&
      !(paths.length > 0 && isDvError(error, 'DV_UNSAFE_PATH'))
    )
      throw error
  }
}

async function switchTo(world: World, target: number, force: boolean): Promise<void> {
  const { repository, commits, head } = world
  const disk = readDisk(repository.root)
  const [from, to] = [commits[head]!.tree, commits[target]!.tree]
  try {
    await repository.repository.switch({ to: commits[target]!.id, create: false, detach: 'always', force })
  } catch (error) {
    if (!isDvError(error, 'DV_WOULD_OVERWRITE') || force) throw error
    equalTrees(readDisk(repository.root), disk, 'a refused switch changes nothing')
    if (sameTrees(disk, from)) throw new Error(`refused although nothing is uncommitted: ${error.message}`)
    return
  }
  const now = readDisk(repository.root)
  for (const file of new Set([...from.keys(), ...to.keys()])) {
    if (from.get(file) !== to.get(file) && !isHollow(to.get(file), file, now))
      equal(now.get(file), to.get(file), `${file} after a switch`)
  }
  for (const [file, what] of disk) {
    if (force || now.get(file) === what || from.get(file) === what || what === 'd:') continue
    throw new Error(`the uncommitted ${file} was lost`)
  }
  if (sameTrees(disk, from)) equalTrees(now, to, 'a clean switch')
  world.head = target
  world.before = { disk, head }
}

async function restore(world: World, file: string): Promise<void> {
  const { repository, commits, head } = world
  const disk = readDisk(repository.root)
  try {
    const { written, removed } = await repository.repository.restore({ paths: [file] })
    const now = readDisk(repository.root)
    for (const [name, what] of commits[head]!.tree) {
      if (isWithin(name, file) && !isHollow(what, name, now))
        equal(now.get(name), what, `${name} after a restore`)
    }
    if (written + removed > 0) world.before = { disk, head }
  } catch (error) {
    if (!isDvError(error, 'DV_UNKNOWN_PATH')) throw error
  }
}

async function undo(world: World): Promise<void> {
  const { before, repository } = world
  if (!before) return
  const disk = readDisk(repository.root)
  const head = world.head
  await repository.repository.undo({})
  equalTrees(withoutHollow(readDisk(repository.root)), withoutHollow(before.disk), 'the files after an undo')
  world.head = before.head
  world.before = { disk, head }
}

async function compareStatus(world: World): Promise<void> {
  const { repository, commits, head } = world
  const disk = readDisk(repository.root)
  const tree = commits[head]!.tree
  const wanted = { added: [] as string[], modified: [] as string[], deleted: [] as string[] }
  const after = recordedOf(disk, tree, [])
  for (const file of new Set([...tree.keys(), ...after.keys()])) {
    if (!after.has(file)) wanted.deleted.push(file)
    else if (!tree.has(file)) wanted.added.push(file)
    else if (after.get(file) !== tree.get(file)) wanted.modified.push(file)
  }
  const { groups, clean, commit } = await repository.repository.status({
    all: true,
    paths: [],
    rehash: false,
  })
  equal(commit?.id, commits[head]!.id, 'HEAD')
  const renamed = groups.renamed.items
  const found = {
    added: [...groups.added.items, ...renamed].map((item) => item.path),
    modified: groups.modified.items.map((item) => item.path),
    deleted: [...groups.deleted.items.map((item) => item.path), ...renamed.map((item) => item.from!)],
  }
  for (const name of ['added', 'modified', 'deleted'] as const)
    equal(found[name].sort().join(), wanted[name].sort().join(), name)
  equal(clean, sameTrees(tree, after), 'clean')
}

/** The tree a commit of the disk over `old` gives. */
function recordedOf(disk: Tree, old: Tree, paths: readonly string[]): Tree {
  const isMeant = (file: string) => paths.length === 0 || paths.some((one) => isWithin(file, one))
  const tree = new Map<string, string>()
  for (const [file, what] of old) {
    const isDirectory = what === 'd:' && [...disk.keys()].some((other) => other.startsWith(`${file}/`))
    if (!isMeant(file) || isDirectory) tree.set(file, what)
  }
  for (const [file, what] of disk) {
    const isIgnored = path.basename(file) === 'x.tmp' && !old.has(file)
    const isHollow = what === 'd:' && !old.has(file) && isIgnoredFolder(file)
    if (isMeant(file) && !isIgnored && !isHollow) tree.set(file, what)
  }
  // A directory in which all is ignored is an empty one.
  for (const [file] of disk) {
    const folder = path.dirname(file)
    const others = [...disk.keys()].filter((other) => other.startsWith(`${folder}/`))
    const isBare =
      path.basename(file) === 'x.tmp' && others.every((other) => path.basename(other) === 'x.tmp')
    if (folder !== '.' && isBare && isMeant(folder)) tree.set(folder, 'd:')
  }
  return tree
}

/** A directory recorded as empty that holds what ignore rules hide. */
function isHollow(what: string | undefined, file: string, disk: Tree): boolean {
  return what === 'd:' && [...disk.keys()].some((other) => isWithin(other, file))
}

function isIgnoredFolder(file: string): boolean {
  return path.basename(file) === 'x.tmp'
}

function readDisk(root: string, below = ''): Map<string, string> {
  const tree = new Map<string, string>()
  for (const name of fs.readdirSync(path.join(root, below))) {
    if (name === '.dv') continue
    const file = below === '' ? name : `${below}/${name}`
    const full = path.join(root, file)
    const stats = fs.lstatSync(full)
    if (stats.isSymbolicLink()) tree.set(file, `l:${fs.readlinkSync(full)}`)
    else if (!stats.isDirectory())
      tree.set(file, `${stats.mode & 0o100 ? 'x' : 'f'}:${fs.readFileSync(full)}`)
    else if (fs.readdirSync(full).length === 0) tree.set(file, 'd:')
    else for (const entry of readDisk(root, file)) tree.set(...entry)
  }
  return tree
}

function withoutHollow(tree: Tree): Tree {
  return new Map([...tree].filter(([, what]) => what !== 'd:'))
}

function sameTrees(a: Tree, b: Tree): boolean {
  return a.size === b.size && [...a].every(([file, what]) => b.get(file) === what)
}

function equalTrees(found: Tree, wanted: Tree, what: string): void {
  const list = (tree: Tree) => JSON.stringify([...tree].sort())
  equal(list(found), list(wanted), what)
}

function equal(found: unknown, wanted: unknown, what: string): void {
  if (found !== wanted) throw new Error(`${what}: ${String(found)} instead of ${String(wanted)}`)
}
