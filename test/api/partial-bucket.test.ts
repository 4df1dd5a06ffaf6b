// Clones that are not whole, of a bucket of a real server: lazy, shallow, and with data dropped.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { noise } from '../helpers/noise.js'
import { CLONE, PUSH, whole } from '../helpers/pushed.js'
import { collect, NO_COMMIT_OPTIONS, testRepository } from '../helpers/repository.js'
import { forServer, type RunningServer, startServer } from '../servers/index.js'

const STATUS = { all: true, paths: [], rehash: false }
const LOG = { revisions: [], paths: [], all: false, changes: false, topological: false }
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
