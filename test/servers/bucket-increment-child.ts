// Run by faults.test.ts: adds one to a counter in a bucket, TIMES times, by read and compare-and-swap until it wins.
import { openStorage, parseLocation } from '../../src/storage/index.js'
import { increment } from '../compliance/storage.js'

const [, , address = '', endpoint = '', writes = '', times] = process.argv
const settings = { endpoint, ...(writes !== '-' && { writes }) }
const storage = await openStorage(parseLocation(address), { settings, env: process.env })
await increment(storage, 'refs/heads/counter', Number(times))
storage.close()
