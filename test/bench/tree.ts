// Working directories of many small files: commit, status and checkout beside cp, find and each other.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { checkFiles, writeFiles } from './files.js'
import { type Bench, inTurn, type Note, noteSeconds } from './measure.js'
import { dv, initRepository, isInstalled, run, settle } from './programs.js'

const COPY = 'cp -r'
const SYNCED_COPY = 'cp -r, and sync'
const FIND = 'find -newer'
const STATUS = 'dv status, nothing changed'
/** Some file systems make files slowly right after they have deleted many. */
const RECOVERY_MS = 3000

/** What one round of one size works on. */
interface Place {
  note: Note
  size: number
  round: number
  /** The tree, and what is made of it and of its versions. */
  tree: string
  scratch: string
  options: { cwd: string; home: string }
}

export async function benchTree({ rounds, folder, record }: Bench, size: number): Promise<void> {
  const note = noteSeconds(record, { group: 'tree', size })
  const tree = path.join(folder, `tree-${size}`)
  await writeFiles(tree, size, () => 1)
  for (let round = 0; round < rounds; round++) {
    const scratch = path.join(folder, `round-${size}-${round}`)
    fs.mkdirSync(scratch)
    await benchRound({ note, size, round, tree, scratch, options: { cwd: tree, home: folder } })
    await fs.promises.rm(path.join(tree, '.dv'), { recursive: true })
    await fs.promises.rm(scratch, { recursive: true })
    await setTimeout(Math.min(size, RECOVERY_MS))
  }
  await fs.promises.rm(tree, { recursive: true })
}

/** Begins and ends with a tree of version 1. Nothing is deleted in between. */
async function benchRound(place: Place): Promise<void> {
  const { size, round, options } = place
  await initRepository(options, '--store', path.join(place.scratch, 'store'))
  await settle(options)
  await inTurn(round, [() => firstCommit(place), () => copy(place)])
  await settle(options)
  await inTurn(round, [() => cleanStatus(place), () => find(place)])
  await commit(place, 'commit, nothing changed', { changes: 0, beside: STATUS })
  await edit(place, (i) => (i === size >> 1 ? 2 : undefined))
  await commit(place, 'commit, one file changed', { changes: 1, beside: STATUS })
  await edit(place, (i) => (i % 100 === 0 ? 3 : undefined))
  await commit(place, 'commit, 1 % changed', { changes: Math.ceil(size / 100), beside: STATUS })
  await settle(options)
  await checkout(place)
  await checkoutBack(place)
}

async function firstCommit(place: Place): Promise<void> {
  await commit(place, 'first commit', { changes: place.size, beside: SYNCED_COPY })
  await dv(['tag', 'v1'], place.options)
}

async function copy({ note, tree, scratch, options }: Place): Promise<void> {
  if (!isInstalled('cp') || !isInstalled('sync')) return
  const copied = (await run('cp', ['-r', tree, path.join(scratch, 'copy')], options)).sample
  const synced = (await run('sync', [], options)).sample
  note(COPY, copied)
  note(SYNCED_COPY, { value: copied.value + synced.value })
}

async function cleanStatus({ note, options }: Place): Promise<void> {
  const { sample, stdout } = await dv(['status', '--json'], options)
  expect('the clean tree is clean', JSON.parse(stdout).clean, true)
  note(STATUS, sample, FIND)
}

/** Looks at the times of every file, as a status must. */
async function find({ note, tree, scratch, options }: Place): Promise<void> {
  if (!isInstalled('find')) return
  const newest = path.join(scratch, 'newest')
  fs.writeFileSync(newest, '')
  note(FIND, (await run('find', [tree, '-newer', newest], options)).sample)
}

async function commit(
  { note, size, options }: Place,
  what: string,
  { changes, beside }: { changes: number; beside: string },
): Promise<void> {
  const { sample, stdout } = await dv(['commit', '--allow-empty', '--json', '-m', what], options)
  const { total, changes: found } = JSON.parse(stdout)
  expect('files of the commit', total.files, size)
  expect('changes of the commit', found.added + found.modified + found.deleted, changes)
  note(what, sample, beside)
}

async function edit(place: Place, versionOf: (i: number) => number | undefined): Promise<void> {
  await writeFiles(place.tree, place.size, versionOf)
  await settle(place.options)
}

async function checkout({ note, scratch, size, options }: Place): Promise<void> {
  const out = path.join(scratch, 'out')
  const { sample } = await dv(['worktree', 'add', '-q', out, 'v1'], options)
  await checkFiles(out, size, () => 1)
  note('checkout into an empty folder', sample, COPY)
}

async function checkoutBack({ note, tree, size, options }: Place): Promise<void> {
  const { sample } = await dv(['checkout', '-q', 'v1'], options)
  await checkFiles(tree, size, () => 1)
  note('checkout of a version 1 % apart', sample, STATUS)
}

/** Speed counts only of what is right. */
function expect(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`${what}: ${found}, not ${wanted}`)
}
