import test from 'ava'
import { race } from '../helpers/race.js'
import { forEachServer, type RunningServer, startServer } from '../servers/index.js'

forEachServer((program) => {
  let server: RunningServer
  test.before(async (t) => {
    server = await startServer(program)
    t.log(`${server.kind} ${server.version}`)
  })
  test.after.always(() => server.stop())

  test.serial(
    `${program.kind}: of twenty processes that push to one branch at once each lands or is told`,
    (t) => race(t, 'push', { url: server.newAddress(), settings: { ...server.settings }, env: server.env }),
  )

  test.serial(`${program.kind}: twenty processes that sync one branch at once all land`, (t) =>
    race(t, 'sync', { url: server.newAddress(), settings: { ...server.settings }, env: server.env }),
  )
})
