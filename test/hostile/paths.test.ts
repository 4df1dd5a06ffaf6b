import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { DvError } from '../../src/base/index.js'
import { openWorkdir, readUnfinishedCheckout } from '../../src/workspace/index.js'
import { testRepository, type TestRepository } from '../helpers/repository.js'
import { type ForgedEntry, forgeBranch, forgeLeaf } from './forged.js'
import { FILE, TREES } from './trees.js'
import { watched } from './watched.js'

/** A store whose branch `evil` holds the tree, in a folder of its own with something beside it. */
async function forged(t: ExecutionContext, entries: readonly ForgedEntry[]): Promise<TestRepository> {
  const made = await testRepository(t, { kept: 'kept', 'a/kept': 'kept' })
  fs.mkdirSync(path.join(made.root, '.git/hooks'), { recursive: true })
  fs.writeFileSync(path.join(made.root, '../beside'), 'beside')
  const leaf = forgeLeaf([...entries, ['zzz', FILE]])
  await forgeBranch(path.join(made.root, '.dv/store'), 'evil', leaf)
  return made
}

/** Everything around a working directory; of its `.dv` that no tree put anything there. */
function around(root: string): string[] {
  const rows = watched(path.dirname(root), ['work/.dv'])
  return fs.existsSync(path.join(root, '.dv/config')) ? [...rows, '.dv/config is there'] : rows
}

async function failureOf(work: Promise<unknown>): Promise<DvError | undefined> {
  return work.then(
    () => undefined,
    (error: DvError) => error,
  )
}

for (const [title, entries] of Object.entries(TREES)) {
  test(`${title} in a commit is refused by every verb that writes files, and nothing changes`, async (t) => {
    const { root, repository } = await forged(t, entries)
    const parent = path.dirname(root)
    // Uncommitted work in the way, which --force may run over only where it goes on to check out.
    fs.writeFileSync(path.join(root, 'a/kept'), 'edited')
    const before = around(root)
    const head = fs.readFileSync(path.join(root, '.dv/head'), 'utf8')
    const verbs: Record<string, () => Promise<unknown>> = {
      switch: () => repository.switch({ to: 'evil', create: false, detach: 'never', force: false }),
      'switch --force': () => repository.switch({ to: 'evil', create: false, detach: 'never', force: true }),
      restore: () => repository.restore({ source: 'evil', paths: ['**'] }),
    }
    for (const [verb, run] of Object.entries(verbs)) {
      const error = await failureOf(run())
      t.true(['DV_UNSAFE_PATH', 'DV_CORRUPT'].includes(error?.code ?? ''), `${verb}: ${error?.stack}`)
      t.is(readUnfinishedCheckout(openWorkdir(root)), undefined, verb)
      t.deepEqual(around(root), before, verb)
      t.is(fs.readFileSync(path.join(root, '.dv/head'), 'utf8'), head)
    }
    const aside = path.join(parent, 'aside')
    const error = await failureOf(
      repository.addWorktree({ directory: aside, revision: 'evil', force: false }),
    )
    t.true(['DV_UNSAFE_PATH', 'DV_CORRUPT'].includes(error?.code ?? ''), `worktree add: ${error?.stack}`)
    t.false(fs.existsSync(path.join(aside, 'zzz')))
    fs.rmSync(aside, { recursive: true, force: true })
    t.deepEqual(around(root), before)
    const { problems } = await repository.fsck({ deep: false })
    t.true(problems.length > 0, 'fsck names it')
    t.deepEqual(fs.existsSync('/tmp/dv-forged') || fs.existsSync('/tmp/dv-forged-x'), false)
  })
}

test('a link out of the tree is checked out as a link, and nothing is ever written through it', async (t) => {
  const { root, repository, write, commit, read } = await testRepository(t, { kept: 'kept' })
  fs.mkdirSync(path.join(root, '../outside'))
  await forgeBranch(path.join(root, '.dv/store'), 'links', forgeLeaf([['a', { link: '../outside' }]]))
  await forgeBranch(path.join(root, '.dv/store'), 'files', forgeLeaf([['a/b', FILE]]))
  const to = (branch: string) =>
    repository.switch({ to: branch, create: false, detach: 'never', force: false })
  await to('links')
  t.is(fs.readlinkSync(path.join(root, 'a')), '../outside')
  await to('files')
  t.is(read('a/b'), FILE)
  t.deepEqual(fs.readdirSync(path.join(root, '../outside')), [])
  fs.rmSync(path.join(root, 'a'), { recursive: true })
  fs.symlinkSync('../outside', path.join(root, 'a'))
  await failureOf(to('main'))
  await failureOf(to('files'))
  await failureOf(repository.restore({ source: 'files', paths: ['a/b'] }))
  t.deepEqual(fs.readdirSync(path.join(root, '../outside')), [])
  write({ late: 'late' })
  await commit('still works')
})
