// What is asked of dv after a crash: stores whole, each ref and file old or new, nothing of the user's lost, and the same
// command can be typed again.
import fs from 'node:fs'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { filesOf, problemsOf, refsOf, type World } from './harness.js'
import type { Scenario } from './scenarios.js'

export interface State {
  /** What the refs of each store stand for. */
  refs: Record<string, Record<string, string>>
  /** What each working directory has checked out. */
  heads: Record<string, string>
  files: Record<string, string>
  /** What the stores hold beside refs, of verbs that change nothing else: bytes of packs, and whether they are to go. */
  packs?: string[]
}

export interface Trial {
  scenario: Scenario
  before: State
  after: State
  /** For messages. */
  where: string
  /** Contents that were not synced may be gone: of what the verb was to write in a working directory, that is allowed. */
  isPowerLoss: boolean
}

/** Brings a world to where the verb of a scenario is to be typed. */
export function prepare(t: ExecutionContext, world: World, scenario: Scenario): void {
  scenario.prepare(world, (...words) => {
    const { status, stderr } = world.dv(words)
    t.is(status, 0, `dv ${words.join(' ')}: ${stderr}`)
  })
}

/** Looks at what a crash left in `world`, and does again what was interrupted. */
export async function assertSurvived(t: ExecutionContext, world: World, trial: Trial): Promise<void> {
  const { scenario, before, after, where } = trial
  if (!scenario.isDamaged) await assertWhole(t, world, scenario, where)
  const left = await stateOf(world, scenario)
  assertOldOrNew(t, left, trial)
  for (const file of new Set([left, before, after].flatMap(({ files }) => Object.keys(files))))
    t.true(isExplained(file, left, trial), `${where}: '${file}' is neither old nor new`)
  // How many packs there are does not tell whether the index names them.
  if (scenario.isDamaged || !isSame(left, after)) await doAgain(t, world, left, trial)
  await assertWhole(t, world, scenario, `${where}, and again`)
  if (scenario.givenUp) await assertBrought(t, world, trial, scenario.givenUp)
  if (scenario.gone) assertGone(t, world, { scenario, gone: scenario.gone, where })
}

/** By an undo of the run that was interrupted, or of the one after it, whichever came so far as to save it. */
async function assertBrought(
  t: ExecutionContext,
  world: World,
  { scenario, where }: Trial,
  { file, text }: NonNullable<Scenario['givenUp']>,
): Promise<void> {
  const full = path.join(world.work, file)
  // All is as it will be, but that it is done is not on record yet: it is gone on with first.
  await world.here(scenario.args)
  for (const { id } of (await operationsIn(world)).filter(({ saved }) => saved)) {
    let { status, stderr, code } = await world.here(['undo', id])
    if (code === 'DV_WOULD_OVERWRITE') {
      await giveUp(world, stderr)
      ;({ status, stderr, code } = await world.here(['undo', id]))
    }
    t.is(status, 0, `${where}, and undone: ${stderr}`)
    if (fs.existsSync(full) && fs.readFileSync(full, 'utf8') === text) return
  }
  t.fail(`${where}: what was in '${file}' is nowhere`)
}

function assertGone(
  t: ExecutionContext,
  { folder }: World,
  { scenario, gone, where }: { scenario: Scenario; gone: Buffer; where: string },
): void {
  for (const store of ['work/.dv', ...(scenario.stores ?? [])])
    for (const entry of fs.readdirSync(path.join(folder, store), { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name)
      if (entry.isFile()) t.false(fs.readFileSync(file).includes(gone), `${where}: '${file}' holds it`)
    }
}

export async function stateOf({ folder }: World, scenario: Scenario): Promise<State> {
  const { workdirs = [], stores = [] } = scenario
  const state: State = { refs: {}, heads: {}, files: {} }
  for (const name of ['work', ...workdirs]) {
    const root = path.join(folder, name)
    state.refs[name] = await refsIn(path.join(root, '.dv/store'))
    state.heads[name] = `${headIn(root)}${scenario.isAboutMetadata ? metadataIn(root) : ''}`
    if (!fs.existsSync(root)) continue
    for (const [file, bytes] of Object.entries(filesOf(root))) state.files[`${name}/${file}`] = bytes
  }
  for (const name of stores) state.refs[name] = await refsIn(path.join(folder, name))
  if (!scenario.isAboutPacks) return state
  return { ...state, packs: ['work/.dv/store', ...stores].map((store) => packsIn(path.join(folder, store))) }
}

async function refsIn(store: string): Promise<Record<string, string>> {
  return fs.existsSync(path.join(store, 'dv.json')) ? refsOf(store) : {}
}

function headIn(root: string): string {
  const file = path.join(root, '.dv/head')
  if (!fs.existsSync(path.join(root, '.dv/workdir.json'))) return ''
  const { branch, commit } = JSON.parse(fs.readFileSync(file, 'utf8').split('\n')[0]!) as Record<
    string,
    string
  >
  return branch ?? (commit === undefined ? 'no head' : 'detached')
}

/** Which metadata waits for a commit. */
function metadataIn(root: string): string {
  const file = path.join(root, '.dv/metadata')
  if (!fs.existsSync(file)) return ', nothing waits'
  return `, ${(JSON.parse(fs.readFileSync(file, 'utf8').split('\n')[0]!) as { edits: string }).edits} waits`
}

function packsIn(store: string): string {
  const listed = (folder: string) => {
    const full = path.join(store, folder)
    return fs.existsSync(full)
      ? fs.readdirSync(full).map((name) => fs.statSync(path.join(full, name)).size)
      : []
  }
  const bytes = listed('packs').reduce((sum, size) => sum + size, 0)
  return `${listed('packs').length} of ${bytes} bytes, ${listed('tombstones').length} collections`
}

async function assertWhole(t: ExecutionContext, { folder, fsck }: World, scenario: Scenario, where: string) {
  for (const name of ['work', ...(scenario.workdirs ?? [])]) {
    const root = path.join(folder, name)
    if (fs.existsSync(path.join(root, '.dv/workdir.json')))
      t.deepEqual((await fsck(root)).problems, [], where)
  }
  for (const name of scenario.stores ?? []) {
    const store = path.join(folder, name)
    if (fs.existsSync(path.join(store, 'dv.json'))) t.deepEqual(await problemsOf(store), [], where)
  }
}

/** Each ref by itself: a verb that moves two may end between them. What is known of a remote may be anything that the
 * remote was: a sync fetches before it pushes. */
function assertOldOrNew(t: ExecutionContext, left: State, { before, after, where }: Trial): void {
  const anywhere = [before, after].flatMap(({ refs }) =>
    Object.values(refs).flatMap((of) => Object.values(of)),
  )
  for (const [store, refs] of Object.entries(left.refs)) {
    const [old, next] = [before.refs[store] ?? {}, after.refs[store] ?? {}]
    for (const ref of new Set([refs, old, next].flatMap((of) => Object.keys(of)))) {
      const allowed = [old[ref], next[ref], ...(ref.startsWith('refs/remotes/') ? anywhere : [])]
      t.true(allowed.includes(refs[ref]), `${where}: ${ref} is neither old nor new`)
    }
  }
}

/** What the verb does not touch is as it was. What it does is old or new, or not there yet: a file that is replaced
 * against a user's changes is saved and then removed, and made as a new one, which may have only its beginning. */
function isExplained(file: string, left: State, { scenario, before, after, isPowerLoss }: Trial): boolean {
  const [was, is, now] = [before, after, left].map(({ files }) => files[file])
  if (now === was || now === is) return true
  if (was === is) return false
  const isRemade = was === undefined || scenario.givenUp !== undefined
  return isPowerLoss || isRemade || now === undefined
}

async function doAgain(t: ExecutionContext, world: World, left: State, trial: Trial): Promise<void> {
  const { scenario, after, where, isPowerLoss } = trial
  if (!isDone(left, trial)) await typeAgain(t, world, trial)
  const done = await stateOf(world, scenario)
  t.deepEqual([done.refs, done.heads], [after.refs, after.heads], `${where}, and again`)
  if (!isPowerLoss) t.deepEqual(done.files, after.files, `${where}, and again`)
  else if (!isSame(done.files, after.files)) await bringBack(t, world, done, trial)
}

/** Then the same command would go on from there: an undo would be undone, a commit be empty. */
function isDone(left: State, { scenario, after, isPowerLoss }: Trial): boolean {
  const hasMoved = isSame([left.refs, left.heads], [after.refs, after.heads])
  return (
    hasMoved && (scenario.args[0] === 'undo' || (isPowerLoss && !scenario.isAboutPacks && !scenario.gone))
  )
}

async function typeAgain(t: ExecutionContext, world: World, trial: Trial): Promise<void> {
  const { scenario, where, isPowerLoss } = trial
  const wanted = scenario.status ?? 0
  if (fs.existsSync(path.join(world.work, '.dv/merge'))) await world.here(['merge', '--abort'])
  let { status, stderr, code } = await world.here(scenario.args)
  // Of what it had written, but not synced, not all is there: it says so, and the user gives that up.
  if (isPowerLoss && code === 'DV_WOULD_OVERWRITE') {
    if (!scenario.putBack) await giveUp(world, stderr)
    ;({ status, stderr, code } = await world.here(
      scenario.putBack ?? (await sayingWhich(world, scenario.args)),
    ))
  }
  if (code === 'DV_NOTHING_TO_COMMIT') ({ status, stderr } = await world.here(['push']))
  t.is(status, wanted, `${where}, and again: ${stderr}`)
}

/** What a verb found in its way, as its message names it. */
async function giveUp(world: World, message: string): Promise<void> {
  const { error } = JSON.parse(message) as { error: { data: { paths: string[] } } }
  for (const file of error.data.paths) {
    fs.rmSync(path.join(world.work, file), { recursive: true })
    await world.here(['restore', file])
  }
}

/** An undo would now take back the restoring. */
async function sayingWhich(world: World, args: readonly string[]): Promise<readonly string[]> {
  if (args[0] !== 'undo') return args
  const operations = await operationsIn(world)
  return ['undo', operations.find(({ verb }) => verb !== 'restore' && verb !== 'undo')!.id]
}

/** The newest first. */
async function operationsIn({ here }: World): Promise<{ id: string; verb: string; saved?: unknown }[]> {
  const { stdout } = await here(['op', 'log'])
  const lines = stdout.trim().split('\n')
  return lines.map((line) => JSON.parse(line) as { id: string; verb: string; saved?: unknown })
}

/** After a loss of power files that a finished verb wrote may have their old contents, or none: all is in the store. */
async function bringBack(t: ExecutionContext, world: World, done: State, trial: Trial): Promise<void> {
  const { after, before, scenario, where } = trial
  if (scenario.status === 3) return
  for (const name of ['work', ...(scenario.workdirs ?? [])]) {
    const lost = Object.keys(after.files).filter((file) => after.files[file] !== done.files[file])
    const paths = lost
      .filter((file) => file.startsWith(`${name}/`))
      .map((file) => file.slice(name.length + 1))
    if (paths.length === 0) continue
    const putBack = scenario.putBack ?? ['restore', ...paths]
    const { status, stderr } = await world.here(['-C', path.join(world.folder, name), ...putBack])
    t.is(status, 0, `${where}, and restored: ${stderr}`)
  }
  const { files } = await stateOf(world, scenario)
  for (const file of Object.keys(before.files)) if (!(file in after.files)) delete files[file]
  t.deepEqual(files, after.files, `${where}, and restored`)
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
