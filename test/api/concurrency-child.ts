// One of several processes at work on one store: commits a file of its own, again and again, in its working directory.
import fs from 'node:fs'
import path from 'node:path'
import { createApi } from '../../src/api/index.js'
import { NO_COMMIT_OPTIONS } from '../helpers/repository.js'

const [cwd = '', times = ''] = process.argv.slice(2)
const api = createApi({ cwd, env: { HOME: cwd }, clock: Date.now, zone: 0 })
for (let i = 1; i <= Number(times); i++) {
  const name = path.basename(cwd)
  fs.writeFileSync(path.join(cwd, `${name}.txt`), `${name} ${i}\n`)
  fs.writeFileSync(path.join(cwd, 'shared.txt'), `all write this ${i}\n`)
  const repository = await api.open()
  await repository.commit({
    ...NO_COMMIT_OPTIONS,
    message: `${name} ${i}`,
    author: `${name} <${name}@example.org>`,
  })
  await repository.close()
}
