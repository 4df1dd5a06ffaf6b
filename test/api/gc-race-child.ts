// One of many processes at work on one store while it is collected: commits, amends, makes branches and lets go of them,
// in its working directory. What it was told is done, it writes down for whoever looks afterwards.
import fs from 'node:fs'
import path from 'node:path'
import { createApi } from '../../src/api/index.js'
import { noise } from '../helpers/noise.js'
import { NO_COMMIT_OPTIONS } from '../helpers/repository.js'

const [cwd = '', times = ''] = process.argv.slice(2)
const name = path.basename(cwd)
const api = createApi({ cwd, env: { HOME: cwd }, clock: Date.now, zone: 0 })
const author = `${name} <${name}@example.org>`
const done: { commit: string; content: string }[] = []

for (let i = 1; i <= Number(times); i++) {
  // What several write at once, and again after it may have been collected; and what only this one has.
  const content = `${name} ${i}`
  fs.writeFileSync(path.join(cwd, 'shared.bin'), noise(30_000, i % 5))
  fs.writeFileSync(path.join(cwd, 'own.txt'), content)
  const repository = await api.open()
  const amend = i % 3 === 0
  const { commit } = await repository.commit({ ...NO_COMMIT_OPTIONS, message: content, author, amend })
  if (amend) done.pop()
  done.push({ commit: commit.id, content })
  if (i % 4 === 0) {
    const [last] = done
    await repository.createBranch({ name: `${name}-again`, start: last!.commit, force: true })
    await repository.deleteBranches({ names: [`${name}-again`], force: true })
  }
  await repository.close()
}
fs.writeFileSync(`${cwd}.done`, JSON.stringify(done))
