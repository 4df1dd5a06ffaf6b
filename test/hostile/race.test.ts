// A link that takes the place of a folder in the middle of a checkout leads nowhere.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { isDvError } from '../../src/base/index.js'
import { testRepository } from '../helpers/repository.js'
import { watched } from './watched.js'

const CHILD = fileURLToPath(new URL('swap-child.js', import.meta.url))
const FILES = 60
const CHECKOUTS = 80

async function swapping(t: ExecutionContext, folder: string, target: string): Promise<void> {
  const child = fork(CHILD, [folder, target], { stdio: 'ignore' })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'message')
}

test('while another program swaps a folder for a link, checkouts change nothing where the link leads', async (t) => {
  const names = Array.from({ length: FILES }, (_, i) => `d/sub/f${i}`)
  const tree = (text: string) => Object.fromEntries(names.map((name, i) => [name, `${text} ${i}`]))
  const { root, repository, write, commit } = await testRepository(t, { ...tree('one'), keep: 'x' })
  const one = await commit('One', { allowEmpty: true })
  write(tree('two two'))
  const two = await commit('Two')
  write({ ...Object.fromEntries(names.map((name) => [name, undefined])), 'd/sub': 'a file' })
  const three = await commit('Three')
  const outside = path.join(root, '../outside')
  fs.mkdirSync(path.join(outside, 'sub'), { recursive: true })
  for (let i = 0; i < FILES; i += 2) fs.writeFileSync(path.join(outside, 'sub', `f${i}`), 'mine')
  const before = watched(outside)
  await swapping(t, path.join(root, 'd'), '../outside')
  const seen = new Set<string>()
  for (let i = 0; i < CHECKOUTS; i++) {
    const to = [one, two, three][i % 3]!.commit.id
    try {
      await repository.switch({ to, create: false, detach: 'always', force: true })
      seen.add('done')
    } catch (error) {
      if (!isDvError(error)) throw error
      seen.add(error.code)
    }
    t.deepEqual(watched(outside), before, `after checkout ${i}`)
  }
  t.log([...seen].join(' '))
})
