// Whatever is done in a lazy clone ends as it would in a whole one: the same steps in both, from their own copies of one
// remote. What only changes which files and data are here must change nothing else. Checks throw, as what fails by throwing
// has its seed printed.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import type { Repository } from '../../src/api/index.js'
import { isDvError } from '../../src/base/index.js'
import { noise } from '../helpers/noise.js'
import { type Cloned, PUSH, pushed } from '../helpers/pushed.js'
import { collect, NO_COMMIT_OPTIONS } from '../helpers/repository.js'

interface Pair {
  lazy: Cloned
  full: Cloned
}

interface Given {
  file: string
  text: string
}

const STATUS = { all: true, paths: [], rehash: false }
const COMMIT = { ...NO_COMMIT_OPTIONS, message: 'Step' }
const DROP = { dryRun: false, all: false, files: false, paths: [] }

/** What is done in both, and must end in the same way. */
const IN_BOTH = {
  async write({ root }: Cloned, { file, text }: Given) {
    fs.mkdirSync(path.join(root, 'd'), { recursive: true })
    fs.writeFileSync(path.join(root, file), text)
  },
  commit: async ({ repository }: Cloned) => (await repository.commit(COMMIT)).changes,
  commitPath: async ({ repository }: Cloned, { file }: Given) =>
    (await repository.commit({ ...COMMIT, paths: [file] })).changes,
  push: async ({ repository }: Cloned) => (await repository.push(PUSH)).updates.map(({ outcome }) => outcome),
  switch: async ({ repository }: Cloned) => {
    const to = (await repository.status(STATUS)).branch === 'main' ? 'side' : 'main'
    await repository.switch({ to, create: false, detach: 'never', force: false })
  },
  merge: async ({ repository }: Cloned) =>
    (await repository.merge({ revision: 'origin/side', fastForward: 'allowed', favour: 'ours' })).outcome,
}

/** What is done in the lazy clone alone; a refusal is no failure. */
const IN_LAZY = {
  add: ({ repository }: Cloned, { file }: Given) =>
    repository.sparse({ patterns: [file], add: true, force: false }),
  leave: ({ repository }: Cloned, { file }: Given) =>
    repository.drop({ ...DROP, paths: [file], files: true }),
  leaveAll: ({ repository }: Cloned) => repository.drop({ ...DROP, all: true, files: true }),
  dropData: ({ repository }: Cloned) => repository.drop({ ...DROP, all: true }),
  only: ({ repository }: Cloned, { file }: Given) => repository.sparse({ patterns: [file], force: false }),
  full: ({ repository }: Cloned) => repository.sparse({ patterns: undefined, force: false }),
}

/** What depends on whether the file is here: done in both where it is. */
const WHERE_HERE = {
  async delete({ lazy, full }: Pair, { file }: Given) {
    const code = await outcomeOf(IN_LAZY.add(lazy, { file, text: '' }))
    if (code === 'DV_WOULD_OVERWRITE') return
    for (const { root } of [lazy, full]) fs.rmSync(path.join(root, file), { force: true })
  },
  back: (pair: Pair, { file }: Given) => restore(pair, { file, source: 'origin/main' }),
  restore: (pair: Pair, { file }: Given) => restore(pair, { file, source: 'HEAD' }),
  async undoCommit({ lazy, full }: Pair) {
    const verbs = await Promise.all([lazy, full].map(({ repository }) => lastVerb(repository)))
    if (verbs.some((verb) => verb !== 'commit')) return
    await inBoth({ lazy, full }, ({ repository }) => repository.undo({}).then(() => 'undone'))
  },
}

const VERBS = [...Object.keys(IN_BOTH), ...Object.keys(IN_LAZY), ...Object.keys(WHERE_HERE)] as (
  keyof typeof IN_BOTH | keyof typeof IN_LAZY | keyof typeof WHERE_HERE
)[]

const steps = fc.array(
  fc.record({
    verb: fc.constantFrom(...VERBS),
    n: fc.nat(5),
    text: fc.constantFrom('x', 'yy', 'long '.repeat(2000)),
  }),
  { minLength: 3, maxLength: 12 },
)

test('whatever is done in a lazy clone ends as it would in a whole one', async (t) => {
  const made = await pushed(
    t,
    Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`d/f${n}`, noise(9000, n + 1)])),
  )
  await made.repository.switch({ to: 'side', create: true, detach: 'never', force: false })
  made.write({ 'd/f1': noise(9000, 11), 'd/f4': undefined, 'd/f5': noise(9000, 15) })
  await made.commit('Side')
  await made.repository.push({ ...PUSH, setUpstream: true })
  await made.repository.switch({ to: 'main', create: false, detach: 'never', force: false })
  let runs = 0
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const run = `run${runs++}`
      const copied = async (name: string, lazy: boolean) => {
        fs.cpSync(made.remote, `${made.remote}-${run}-${name}`, { recursive: true })
        return made.cloned(`${run}-${name}`, { lazy, from: `remote-${run}-${name}`, branch: 'main' })
      }
      const pair = { lazy: await copied('lazy', true), full: await copied('full', false) }
      try {
        for (const { verb, n, text } of list) await step(pair, { verb, file: `d/f${n}`, text })
        await step(pair, { verb: 'commit', file: 'd/f0', text: '' })
        await step(pair, { verb: 'push', file: 'd/f0', text: '' })
        const after = await made.cloned(`${run}-after`, { from: `remote-${run}-lazy` })
        assert.equal((await whole(after.repository)).absent, 0)
        await after.repository.close()
      } finally {
        for (const { repository } of [pair.lazy, pair.full]) await repository.close()
      }
    }),
    // To find a shorter history takes minutes: the seed that is printed finds this one again.
    { numRuns: 3, endOnFailure: true },
  )
  t.true(runs > 0)
})

async function step(pair: Pair, { verb, ...given }: Given & { verb: (typeof VERBS)[number] }) {
  if (verb in IN_BOTH) await inBoth(pair, (one) => IN_BOTH[verb as keyof typeof IN_BOTH](one, given))
  if (verb in IN_LAZY) await outcomeOf(IN_LAZY[verb as keyof typeof IN_LAZY](pair.lazy, given))
  if (verb in WHERE_HERE) await WHERE_HERE[verb as keyof typeof WHERE_HERE](pair, given)
  const [lazy, full] = await Promise.all([stateOf(pair.lazy), stateOf(pair.full)])
  assert.deepEqual(lazy, full, `after ${verb} ${given.file}`)
  await whole(pair.lazy.repository)
}

/** The same refusal or result in both. */
async function inBoth({ lazy, full }: Pair, act: (one: Cloned) => Promise<unknown>) {
  assert.deepEqual(await outcomeOf(act(lazy)), await outcomeOf(act(full)))
}

async function restore({ lazy, full }: Pair, { file, source }: { file: string; source: string }) {
  const act = ({ repository }: Cloned) =>
    outcomeOf(repository.restore({ source, paths: [file] }).then(() => 'done'))
  const outcome = await act(lazy)
  if (outcome !== 'DV_UNKNOWN_PATH') assert.equal(outcome, await act(full))
}

async function whole(repository: Repository) {
  const { problems, checked } = await repository.fsck({ deep: true })
  assert.deepEqual(problems, [])
  return checked
}

const REFUSALS = [
  'DV_UNKNOWN_PATH',
  'DV_WOULD_OVERWRITE',
  'DV_NOTHING_TO_COMMIT',
  'DV_UNKNOWN_REVISION',
  'DV_REF_MOVED',
] as const

async function outcomeOf(done: Promise<unknown>): Promise<unknown> {
  try {
    return await done
  } catch (error) {
    const refusal = REFUSALS.find((code) => isDvError(error, code))
    if (!refusal) throw error
    return refusal
  }
}

async function lastVerb(repository: Repository): Promise<string | undefined> {
  for await (const { verb } of repository.operations({})) return verb
  return undefined
}

/** What is committed, and what is not yet. The same steps at the same time make the same commit. */
async function stateOf({ repository }: Cloned) {
  const { groups, commit, branch, unfinished } = await repository.status(STATUS)
  const committed = await collect(repository.ls({ operands: [], recursive: true }))
  const paths = Object.entries(groups).map(([type, { items }]) => [type, items.map((item) => item.path)])
  return { branch, commit, unfinished, paths, committed: committed.map(({ path: at, bytes }) => [at, bytes]) }
}
