// Runs as a user without privileges, so that file permissions count also where the tests are run by root: loads all it
// needs, gives up root, then tries to commit, and reports what happened as JSON on standard output.
import { createApi } from '../../src/api/index.js'
import '../../src/api/commit.js'
import '../../src/api/status.js'
import { isDvError } from '../../src/base/index.js'
import { NO_COMMIT_OPTIONS } from '../helpers/repository.js'

const NOBODY = 65_534
const [cwd = '', message = ''] = process.argv.slice(2)

if (process.getuid?.() === 0) {
  process.setegid!(NOBODY)
  process.seteuid!(NOBODY)
}
const api = createApi({ cwd, env: { HOME: cwd }, clock: Date.now, zone: 0 })
const repository = await api.open()
try {
  await repository.commit({ ...NO_COMMIT_OPTIONS, message, author: 'Ada <ada@example.org>' })
  report({ done: true })
} catch (error) {
  if (!isDvError(error)) throw error
  report({ code: error.code, message: error.message })
} finally {
  await repository.close()
}

function report(result: object): void {
  process.stdout.write(JSON.stringify(result))
}
