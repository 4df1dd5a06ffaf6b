import test from 'ava'
import { openStorage, parseLocation } from '../../src/storage/index.js'
import { storageContract } from '../compliance/storage.js'
import { forEachServer, type RunningServer, startServer } from '../servers/index.js'

forEachServer((program) => {
  let server: RunningServer
  test.before(async (t) => {
    server = await startServer(program)
    t.log(`${server.kind} ${server.version}`)
  })
  test.after.always(() => server.stop())

  for (const { title, check } of storageContract) {
    test(`${program.kind}: ${title}`, async (t) => {
      const { settings, env } = server
      const storage = await openStorage(parseLocation(server.newAddress()), { settings, env })
      await t.notThrowsAsync(check(storage))
      storage.close()
    })
  }
})
