// Run by compare-and-swap.test.ts: adds one to a counter until it has done so TIMES times; reports each success.
import fs from 'node:fs'
import { createDirectoryStorage } from '../../src/storage/index.js'
import { increment } from '../compliance/storage.js'

const [, , folder, name, times] = process.argv
const storage = createDirectoryStorage(folder!)
for (let i = 0; i < Number(times); i++) {
  await increment(storage, name!, 1)
  fs.writeSync(1, '+')
}
