import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { testRepository } from '../helpers/repository.js'

const CHILD = fileURLToPath(new URL('./permissions-child.js', import.meta.url))
const NOBODY = 65_534
/** Windows knows no modes. */
const onUnix = process.platform === 'win32' ? test.skip : test

function commitAsNobody(root: string): { code?: string; message?: string; done?: boolean } {
  return JSON.parse(execFileSync(process.execPath, [CHILD, root, 'Second'], { encoding: 'utf8' })) as object
}

/** A repository with one commit that belongs to the user without privileges. */
async function repositoryOfNobody(t: ExecutionContext) {
  const made = await testRepository(t, { 'readable.txt': 'one', 'secret.txt': 'two' })
  if (process.getuid?.() === 0) giveTo(NOBODY, path.dirname(made.root))
  return made
}

function giveTo(user: number, folder: string): void {
  fs.chownSync(folder, user, user)
  for (const name of fs.readdirSync(folder, { recursive: true }) as string[])
    fs.lchownSync(path.join(folder, name), user, user)
}

async function headOf(
  repository: Awaited<ReturnType<typeof repositoryOfNobody>>['repository'],
): Promise<string> {
  for await (const { id } of repository.log({
    revisions: [],
    paths: [],
    all: false,
    changes: false,
    topological: false,
  })) {
    return id
  }
  throw new Error('no commit')
}

onUnix('a file that may not be read stops a commit, which names it and changes nothing', async (t) => {
  const made = await repositoryOfNobody(t)
  const before = await headOf(made.repository)
  fs.writeFileSync(path.join(made.root, 'secret.txt'), 'changed')
  fs.chmodSync(path.join(made.root, 'secret.txt'), 0o000)
  const failed = commitAsNobody(made.root)
  t.is(failed.code, 'DV_PERMISSION')
  t.regex(failed.message ?? '', /'secret\.txt'/)
  t.is(await headOf(made.repository), before)
  t.false(fs.existsSync(path.join(made.root, '.dv/lock')))
  t.deepEqual(fs.readdirSync(path.join(made.root, '.dv/store/tmp')), [])
  fs.chmodSync(path.join(made.root, 'secret.txt'), 0o644)
  t.true(commitAsNobody(made.root).done)
})

onUnix('a folder that may not be read stops a commit, which names it', async (t) => {
  const made = await repositoryOfNobody(t)
  fs.mkdirSync(path.join(made.root, 'closed'), { mode: 0o000 })
  const failed = commitAsNobody(made.root)
  t.is(failed.code, 'DV_PERMISSION')
  t.regex(failed.message ?? '', /'closed'/)
  fs.chmodSync(path.join(made.root, 'closed'), 0o755)
})

onUnix('a store that may not be written to stops a commit, and stays as it is', async (t) => {
  const made = await repositoryOfNobody(t)
  const store = path.join(made.root, '.dv/store')
  const list = () => (fs.readdirSync(store, { recursive: true }) as string[]).sort()
  const before = list()
  for (const name of ['', ...before]) {
    const full = path.join(store, name)
    if (fs.statSync(full).isDirectory()) fs.chmodSync(full, 0o555)
  }
  made.write({ 'readable.txt': 'changed' })
  const failed = commitAsNobody(made.root)
  t.is(failed.code, 'DV_PERMISSION')
  t.deepEqual(list(), before)
  for (const name of ['', ...before]) {
    const full = path.join(store, name)
    if (fs.statSync(full).isDirectory()) fs.chmodSync(full, 0o755)
  }
})
