// A server that takes conditions and ignores them: versitygw behind a proxy that drops them. Nobody is told: dv finds it
// out, and its processes take turns by leases.
import test from 'ava'
import { openStorage, parseLocation } from '../../src/storage/index.js'
import { race } from '../helpers/race.js'
import { startFaultProxy } from '../servers/fault-proxy.js'
import { forServer, startServer } from '../servers/index.js'
import { ACCESS_KEY, SECRET_KEY } from '../servers/s3-server.js'

forServer('versitygw', (program) => {
  test('on a server that ignores conditions twenty processes that sync one branch at once all land', async (t) => {
    t.timeout(300_000)
    const server = await startServer(program)
    t.teardown(() => server.stop())
    t.log(`${server.kind} ${server.version}`)
    const ignoreConditions = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY }
    const proxy = await startFaultProxy({ upstream: server.endpoint, ignoreConditions })
    t.teardown(() => proxy.close())
    const settings = { ...server.settings, endpoint: proxy.endpoint }
    const url = server.newAddress()
    await race(t, 'sync', { url, settings, env: server.env })
    const { requests, by } = proxy.traffic()
    const count = (kind: RegExp) =>
      Object.entries(by).reduce((sum, [name, times]) => sum + (kind.test(name) ? times : 0), 0)
    t.true(count(/^PUT .*\/probe\//) > 0, 'the server was asked')
    t.true(count(/^PUT .*\/leases\/refs\/heads\/main\//) >= count(/^PUT .*\/refs\/heads\/main$/))
    t.true(count(/^PUT .*\/leases\/index\/root\//) >= count(/^PUT .*\/index\/root$/))
    const storage = await openStorage(parseLocation(url), { settings: server.settings, env: server.env })
    for (const prefix of ['leases/', 'probe/'])
      for await (const { name } of storage.list(prefix)) t.fail(`'${name}' was left`)
    storage.close()
    t.log(`${requests} requests, ${count(/^PUT .*\/leases\//)} claims`)
  })
})
