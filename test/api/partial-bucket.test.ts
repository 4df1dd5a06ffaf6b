// Clones that are not whole, of a bucket of a real server: lazy, shallow, and with data dropped.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { LOG } from '../helpers/logged.js'
import { noise } from '../helpers/noise.js'
import { CLONE, PUSH, whole } from '../helpers/pushed.js'
import { collect, NO_COMMIT_OPTIONS, testRepository } from '../helpers/repository.js'
import { forServer, type RunningServer, startServer } from '../servers/index.js'

const STATUS = { all: true, paths: [], rehash: false }
const FILES = { 'a/one': noise(50_000, 1), 'b/big': noise(90_000, 2), top: 'top\n' }

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  test(`${program.kind}: a lazy clone brings what is asked for, is committed in, and drops what it pushed`, async (t) => {
    const { clone } = await pushedTo(t)
    const { repository, root, received } = await clone('lazy', { lazy: true })
    t.true(received.bytes < 10_000, JSON.stringify(received))
    t.deepEqual((await repository.status(STATUS)).notHere, { files: 3, bytes: 140_006 })
    await repository.sparse({ patterns: ['a'], add: true, force: false })
    t.deepEqual(fs.readFileSync(path.join(root, 'a/one')), FILES['a/one'])
    fs.writeFileSync(path.join(root, 'a/new'), noise(70_000, 3))
    const made = await repository.commit({ ...NO_COMMIT_OPTIONS, message: 'Third' })
    t.like(made.changes, { added: 1, modified: 0, deleted: 0 })
    await repository.push(PUSH)
    const dropped = await repository.drop({ paths: [], all: true, files: true, dryRun: false })
    t.true(dropped.bytes >= 120_000, JSON.stringify(dropped))
    t.deepEqual(fs.readdirSync(root), ['.dv'])
    await whole(t, repository, 'some')
    await repository.sparse({ patterns: undefined, force: false })
    t.deepEqual(fs.readFileSync(path.join(root, 'a/new')), noise(70_000, 3))
    t.true((await repository.status(STATUS)).clean)
    await whole(t, (await clone('after', {})).repository, 'none')
  })

  test(`${program.kind}: a shallow clone is deepened`, async (t) => {
    const { clone } = await pushedTo(t)
    const { repository } = await clone('shallow', { depth: 1 })
    const count = async () => (await collect(repository.log(LOG))).length
    t.is(await count(), 1)
    await whole(t, repository, 'some')
    const [result] = await repository.fetch({ all: false, prune: false, tags: true, deepen: 1 })
    t.true(result!.received.objects > 0)
    t.is(await count(), 2)
    await whole(t, repository, 'none')
  })

  test(`${program.kind}: a clone by an expression moves what it means and the list of files, no more`, async (t) => {
    const { settings } = server
    const address = server.newAddress()
    const made = await testRepository(t, { top: 'top\n' }, { env: server.env })
    await made.repository.addRemote({ name: 'origin', url: address, settings })
    await made.repository.push({ ...PUSH, setUpstream: true })
    const apply = (lines: readonly object[], create: boolean) =>
      made.api.apply({ target: 'origin@data', input: lined(lines), message: 'Data', create, dryRun: false })
    const put = (name: string, bytes: Uint8Array) => ({
      ...{ op: 'put', path: name, base64: Buffer.from(bytes).toString('base64') },
    })
    await apply(
      [put('a/one', noise(500_000, 1)), put('b/big', noise(900_000, 2)), put('b/two', noise(300_000, 3))],
      true,
    )
    await apply(
      [
        { op: 'meta', path: 'b', set: { plate: 7 } },
        { op: 'meta', path: 'b/two', set: { line: 'x' } },
      ],
      false,
    )
    const where = "plate = 7 AND line = 'x'"
    const options = { ...CLONE, url: address, settings, branch: 'data', where }
    const { dryRun } = await made.apiAt('..').clone({ ...options, directory: 'dry', dryRun: true })
    t.true(dryRun!.received > 300_000 && dryRun!.received < 330_000, JSON.stringify(dryRun))
    await made.apiAt('..').clone({ ...options, directory: 'part' })
    const root = path.join(made.root, '../part')
    t.deepEqual(fs.readFileSync(path.join(root, 'b/two')), noise(300_000, 3))
    t.false(fs.existsSync(path.join(root, 'a')))
    const packs = path.join(root, '.dv/store/packs')
    const here = fs
      .readdirSync(packs)
      .reduce((sum, name) => sum + fs.statSync(path.join(packs, name)).size, 0)
    t.true(here > 300_000 && here < 330_000, `${here} bytes came`)
    const repository = await made.openAt('../part')
    t.true((await repository.status(STATUS)).clean)
    const known = await collect(repository.ls({ operands: [], recursive: false, where: 'plate = 7' }))
    t.deepEqual(
      known.map((entry) => [entry.path, entry.bytes]),
      [
        ['b', 0],
        ['b/big', 900_000],
        ['b/two', 300_000],
      ],
    )
    await whole(t, repository, 'some')
    await apply([{ op: 'meta', path: 'a', set: { plate: 7, line: 'x' } }], false)
    await repository.pull({ fastForward: 'allowed' })
    t.deepEqual(fs.readFileSync(path.join(root, 'a/one')), noise(500_000, 1))
    t.false(fs.existsSync(path.join(root, 'b/big')))
  })

  async function pushedTo(t: ExecutionContext) {
    const { settings } = server
    const address = server.newAddress()
    const made = await testRepository(t, FILES, { env: server.env })
    made.write({ top: 'top 2\n' })
    await made.commit('Second')
    await made.repository.addRemote({ name: 'origin', url: address, settings })
    await made.repository.push({ ...PUSH, setUpstream: true })
    const clone = async (directory: string, options: { lazy?: boolean; depth?: number }) => {
      const api = made.apiAt('..')
      const { received } = await api.clone({ ...CLONE, ...options, url: address, settings, directory })
      const at = made.apiAt(`../${directory}`)
      await at.config.set('user.name', 'Bob', 'repository')
      await at.config.set('user.email', 'bob@example.org', 'repository')
      const repository = await made.openAt(`../${directory}`)
      return { repository, received, root: path.join(made.root, '..', directory) }
    }
    return { clone }
  }
})

async function* lined(lines: readonly object[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(`${JSON.stringify(line)}\n`)
}
