// dv query of a bucket that nobody cloned, on a real server: what it moves is counted on the line.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { Reader } from '../../src/api/index.js'
import { noise } from '../helpers/noise.js'
import { PUSH } from '../helpers/pushed.js'
import { collect, testRepository } from '../helpers/repository.js'
import { type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js'
import { forServer, type RunningServer, startServer } from '../servers/index.js'

const CELLS = `cell,line\n${Array.from({ length: 20_000 }, (_, i) => `${i},AICS-${i % 5}`).join('\n')}\n`

async function rows(reader: Reader, at: string, sql: string): Promise<unknown[][]> {
  const { batches } = await reader.query({ sql, at })
  return (await collect(batches)).flat().map((row) => [...row])
}

forServer('versitygw', (program) => {
  let server: RunningServer
  let line: FaultProxy
  test.before(async () => {
    server = await startServer(program)
    line = await startFaultProxy({ upstream: server.endpoint })
  })
  test.after.always(async () => {
    await line.close()
    await server.stop()
  })

  test(`${program.kind}: a query of files moves no content, one of a table that table alone, and only once`, async (t) => {
    const files = { 'cells.csv': CELLS, 'big.bin': noise(3_000_000, 1), 'other.csv': noise(700_000, 2) }
    // A query names an address alone: that the service is elsewhere stands in the environment.
    const env = { ...server.env, AWS_ENDPOINT_URL: line.endpoint }
    const made = await testRepository(t, files, { env })
    await made.repository.setMetadata({ paths: ['big.bin'], set: { plate: '7' }, types: {}, unset: [] })
    await made.commit('Metadata')
    const address = server.newAddress()
    await made.repository.addRemote({ name: 'origin', url: address, settings: server.settings })
    await made.repository.push({ ...PUSH, setUpstream: true })
    fs.mkdirSync(path.join(made.root, '../elsewhere'))
    const reader = await made.apiAt('../elsewhere').reader()
    t.teardown(() => reader.close())
    const at = `${address}@main`
    const moved = async (work: () => Promise<unknown>) => {
      line.forget()
      await work()
      t.true(
        line.seen.every(({ method }) => method === 'GET' || method === 'HEAD'),
        'nothing is written',
      )
      return line.traffic().received
    }
    const ofFiles = await moved(async () => {
      const sql = 'SELECT sum(size), max(plate) FROM files'
      t.deepEqual(await rows(reader, at, sql), [[BigInt(CELLS.length + 3_700_000), 7n]])
    })
    t.true(ofFiles > 0 && ofFiles < 100_000, `${ofFiles} bytes for a query of files`)
    const sql = "SELECT line, count(*) FROM 'cells.csv' GROUP BY line ORDER BY line LIMIT 1"
    const ofTable = await moved(async () => t.deepEqual(await rows(reader, at, sql), [['AICS-0', 4000n]]))
    t.true(ofTable > 0 && ofTable < CELLS.length + 200_000, `${ofTable} bytes for a table of ${CELLS.length}`)
    const again = await moved(async () => t.deepEqual(await rows(reader, at, sql), [['AICS-0', 4000n]]))
    t.true(again < 10_000, `${again} bytes for the same table once more`)
  })
})
