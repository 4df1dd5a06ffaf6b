// Somebody puts a link to elsewhere in the place of a folder while dv works below it: right before any call by which dv
// changes something there, one after the other.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { RECORDED } from '../crash/disk/calls.js'
import { type TestFiles, testRepository, type TestRepository } from '../helpers/repository.js'
import { watched } from './watched.js'

/** Between them, every kind of change that a checkout makes, all of it below `a`. */
const TREES: Record<string, TestFiles> = {
  one: {
    'a/edited': 'one',
    'a/gone': 'one',
    'a/sub/gone': 'one',
    'a/mode': 'same',
    'a/file': 'one',
    'a/kind': 'one',
  },
  two: {
    'a/edited': 'two',
    'a/new': 'two',
    'a/deep/sub/new': 'two',
    'a/mode': { executable: 'same' },
    'a/file/x': 'two',
    'a/kind': { link: 'edited' },
  },
}

/** Branches `one` and `two`, and beside the working directory a folder that has all of what `a` has in either. */
async function world(t: ExecutionContext): Promise<TestRepository & { outside: string }> {
  const made = await testRepository(t, { kept: 'kept' })
  const { root, write, commit, repository } = made
  for (const [branch, files] of Object.entries(TREES)) {
    await repository.switch({ to: branch, create: true, detach: 'never', force: false })
    fs.rmSync(path.join(root, 'a'), { recursive: true, force: true })
    write(files)
    await commit(branch)
  }
  const outside = path.join(root, '../outside')
  for (const name of ['edited', 'gone', 'sub/gone', 'mode', 'new', 'deep/sub/new', 'file/x', 'kind'])
    writeTo(path.join(outside, name), 'not yours')
  fs.mkdirSync(path.join(outside, 'hollow/sub'), { recursive: true })
  return { ...made, outside }
}

function writeTo(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

/** Runs `work`, and `act` once, before the call number `at` that changes something below `a`. Returns whether it came
 * to that. */
async function actingBefore(
  root: string,
  { at, act }: { at: number; act: () => void },
  work: () => Promise<unknown>,
): Promise<boolean> {
  const patched = fs as unknown as Record<string, (...args: unknown[]) => unknown>
  const real = Object.fromEntries(RECORDED.map((name) => [name, patched[name]!]))
  let count = 0
  const restore = () => Object.assign(fs, real)
  const isBelow = (arg: unknown) =>
    typeof arg === 'string' && (arg.startsWith(`${root}/a`) || arg.startsWith('/proc/self/fd/'))
  for (const name of RECORDED)
    patched[name] = (...args: unknown[]) => {
      if (args.slice(0, 2).some(isBelow) && count++ === at) {
        restore()
        act()
      }
      return real[name]!(...args)
    }
  try {
    await work().catch(() => undefined)
    return count > at
  } finally {
    restore()
  }
}

for (const [from, isEdited] of [
  ['one', true],
  ['two', false],
] as const)
  test.serial(
    `a folder that becomes a link at any moment of a checkout from ${from}${isEdited ? ', by force' : ''} leads nowhere`,
    async (t) => {
      const { root, repository, outside, write } = await world(t)
      const to = from === 'one' ? 'two' : 'one'
      const a = path.join(root, 'a')
      const begin = async () => {
        for (const folder of [a, `${a}-moved`]) fs.rmSync(folder, { recursive: true, force: true })
        await repository.switch({ to: from, create: false, detach: 'never', force: true })
        await repository.restore({ source: from, paths: ['**'] })
        if (isEdited)
          write({ 'a/edited': 'edited', 'a/hollow/sub/x': 'in the way of nothing', 'a/new': 'mine' })
      }
      const swap = () => {
        fs.renameSync(a, `${a}-moved`)
        fs.symlinkSync('../outside', a)
      }
      const before = watched(outside)
      let at = 0
      for (; ; at++) {
        await begin()
        const isMet = await actingBefore(root, { at, act: swap }, () =>
          repository.switch({ to, create: false, detach: 'never', force: isEdited }),
        )
        t.deepEqual(watched(outside), before, `before change ${at}`)
        if (!isMet) break
      }
      t.log(`${at} moments`)
      t.true(at > 10)
    },
  )
