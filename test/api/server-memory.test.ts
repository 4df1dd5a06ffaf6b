// What a server does of what it is asked is asked once: every verb that writes to a bucket remembers it. Counted by
// versitygw's own log.
import test from 'ava'
import { createApi } from '../../src/api/index.js'
import { NO_COMMIT_OPTIONS, temporaryFolder, testRepository } from '../helpers/repository.js'
import { forServer, type RunningServer, startServer } from '../servers/index.js'

const PUSH = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const MIRROR = { prune: false, force: false }
const APPLY = { message: 'Line', create: false, dryRun: false }

async function* line(path: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify({ op: 'put', path, data: path })}\n`)
}

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async (t) => {
    server = await startServer(program)
    t.log(`${server.kind} ${server.version}`)
  })
  test.after.always(() => server.stop())

  /** How many requests tried out the server. */
  async function probes(work: () => Promise<unknown>): Promise<number> {
    const requests = await server.requestsDuring(work)
    return requests.filter(({ key }) => key.includes('/probe/')).length
  }

  test.serial('in a repository: the first write asks in four requests, and no verb asks again', async (t) => {
    const { env, settings } = server
    const made = await testRepository(t, { a: 'a' }, { env })
    const { api, repository } = made
    await repository.addRemote({ name: 'origin', url: server.newAddress(), settings })
    await repository.addRemote({ name: 'copy', url: server.newAddress(), settings })
    await made.commit('Second', { allowEmpty: true })
    t.is(await probes(() => repository.push(PUSH)), 4)
    made.write({ b: 'b' })
    t.is(await probes(() => repository.commit({ ...NO_COMMIT_OPTIONS, message: 'To', to: 'origin' })), 0)
    t.is(await probes(() => api.apply({ ...APPLY, target: 'origin@main', input: line('c') })), 0)
    made.write({ d: 'd' })
    await made.commit('Third')
    t.is(await probes(() => repository.sync({ remote: 'origin' })), 0)
    t.is(await probes(() => api.mirror({ ...MIRROR, from: 'origin', to: 'copy' })), 4)
    await api.apply({ ...APPLY, target: 'origin@main', input: line('e') })
    t.is(await probes(() => api.mirror({ ...MIRROR, from: 'origin', to: 'copy' })), 0)
  })

  test.serial(
    'without a repository the cache remembers, for the endpoint that the environment names',
    async (t) => {
      const { settings } = server
      const folder = temporaryFolder(t)
      const env = { ...server.env, HOME: folder, AWS_ENDPOINT_URL: settings.endpoint! }
      const api = createApi({ cwd: folder, env, clock: () => 1, zone: 0 })
      await api.config.set('user.name', 'Ada', 'global')
      await api.config.set('user.email', 'ada@example.org', 'global')
      const made = await testRepository(t, { a: 'a' }, { env })
      const [from, to] = [server.newAddress(), server.newAddress()]
      await made.repository.addRemote({ name: 'origin', url: from })
      await made.repository.push(PUSH)

      t.is(await probes(() => api.mirror({ ...MIRROR, from, to })), 4)
      t.is(await probes(() => api.apply({ ...APPLY, target: `${to}@main`, input: line('b') })), 0)
      t.is(await probes(() => api.apply({ ...APPLY, target: `${to}@main`, input: line('c') })), 0)
      const { directory } = await api.clone({ url: to, directory: 'clone', sparse: [], checkout: true })
      t.truthy(directory)

      const other = { ...env, AWS_ENDPOINT_URL_S3: `${settings.endpoint}/` }
      const elsewhere = createApi({ cwd: folder, env: other, clock: () => 1, zone: 0 })
      t.is(await probes(() => elsewhere.apply({ ...APPLY, target: `${to}@main`, input: line('d') })), 4)
      t.like(await api.cache.clear(), { entries: 2 })
      t.is(await probes(() => api.apply({ ...APPLY, target: `${to}@main`, input: line('e') })), 4)
    },
  )
})
