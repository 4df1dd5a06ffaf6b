import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { testRepository } from '../helpers/repository.js'

const TWO_DAYS = 2 * 24 * 60 * 60

test('a commit removes what killed writers left long ago, and nothing that may be in use', async (t) => {
  const { root, write, commit } = await testRepository(t, { a: 'one' })
  const folders = [path.join(root, '.dv/store/tmp'), path.join(root, '.dv/tmp')]
  for (const folder of folders) {
    fs.writeFileSync(path.join(folder, 'abandoned'), 'left by a crash')
    fs.utimesSync(path.join(folder, 'abandoned'), Date.now() / 1000 - TWO_DAYS, Date.now() / 1000 - TWO_DAYS)
    fs.writeFileSync(path.join(folder, 'in-use'), 'being written')
  }
  write({ a: 'two' })
  await commit('Second')
  for (const folder of folders) t.deepEqual(fs.readdirSync(folder), ['in-use'])
})
