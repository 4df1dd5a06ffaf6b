// A store of an earlier version is read by every later one: test/fixtures/README.md.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createApi } from '../../src/api/index.js'
import { seal } from '../../src/codec/index.js'
import { collect, temporaryFolder } from '../helpers/repository.js'

function unpacked(t: ExecutionContext, fixture: string) {
  const folder = temporaryFolder(t)
  execFileSync('tar', ['-xzf', path.resolve('test/fixtures', fixture), '-C', folder])
  const work = path.join(folder, 'work')
  const api = createApi({ cwd: work, env: { HOME: folder }, clock: () => Date.UTC(2026, 0, 2), zone: 0 })
  return { folder, work, api }
}

test('a repository of format 1 is whole, and gives its history, tags, operations and files', async (t) => {
  const { folder, work, api } = unpacked(t, 'store-format-1.tar.gz')
  const repository = await api.open()
  t.teardown(() => repository.close())
  await repository.setRemoteUrl({ name: 'origin', url: path.join(folder, 'remote') })
  const { problems, checked } = await api.fsck({ deep: true })
  t.deepEqual(problems, [])
  t.is(checked.commits, 8)
  t.true(checked.absent > 0)
  t.deepEqual((await api.fsck({ deep: true, remote: 'origin' })).problems, [])
  const { tags } = await repository.refNames()
  t.deepEqual(tags, ['light', 'v1'])
  t.true((await collect(repository.operations({}))).length > 10)
  const log = { revisions: [], paths: [], all: true, changes: true, topological: false }
  const commits = await collect(repository.log(log))
  t.is(commits.length, checked.commits)
  t.true(commits.every(({ message, author }) => message !== '' && author.name !== ''))
  const before = fs.readFileSync(path.join(work, 'table.csv'), 'utf8')
  for (const name of fs.readdirSync(work))
    if (name !== '.dv') fs.rmSync(path.join(work, name), { recursive: true })
  await repository.restore({ paths: ['.'] })
  t.is(fs.readFileSync(path.join(work, 'table.csv'), 'utf8'), before)
  t.regex(before, /^0,row 0\n1,row 414\n/)
  t.true((await repository.status({ all: true, paths: [], rehash: true })).clean)
  t.deepEqual((await api.fsck({ deep: true })).problems, [])
})

test('a repository of a later format is refused, and says what it takes', async (t) => {
  const { work, api } = unpacked(t, 'store-format-1.tar.gz')
  const record = path.join(work, '.dv/store/dv.json')
  fs.rmSync(record)
  fs.writeFileSync(record, seal({ format: 2, cut: 'another way' }))
  for (const open of [
    () => api.open(),
    () => api.fsck({ deep: true }),
    () => api.repair({ dryRun: false }),
  ]) {
    const error = await t.throwsAsync(open as () => Promise<unknown>)
    t.like(error, { code: 'DV_NEWER_FORMAT' })
    t.regex(error.message, /needs format 2, this version of dv has formats up to 1/)
  }
  t.is(fs.readFileSync(record, 'utf8'), seal({ format: 2, cut: 'another way' }).toString())
})
