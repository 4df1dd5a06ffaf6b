import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { temporaryFolder } from '../helpers/repository.js'
import { checkFiles, contentOf, pathOf, randomNumbers, writeFiles } from './files.js'

test('a seed always gives the same numbers', (t) => {
  const next = randomNumbers(1)
  t.deepEqual([next(), next(), next()], [2693262067, 11749833, 2265367787])
})

test('file i of version v is the same everywhere, and of about 1 KB', (t) => {
  const hash = createHash('sha256')
  for (let i = 0; i < 100; i++) {
    const content = contentOf(i, 1)
    t.true(content.length > 800 && content.length < 1300, `${content.length}`)
    hash.update(`${pathOf(i)}\n${content}`)
  }
  t.is(hash.digest('hex').slice(0, 16), 'e4fb3c14de80cdff')
  t.not(contentOf(3, 1), contentOf(3, 2))
  t.not(contentOf(3, 1), contentOf(4, 1))
})

test('paths ascend, a thousand in a folder', (t) => {
  t.is(path.dirname(pathOf(999)), path.dirname(pathOf(0)))
  t.not(path.dirname(pathOf(1000)), path.dirname(pathOf(999)))
  t.true(pathOf(999) < pathOf(1000))
})

test('a tree is checked for what is missing, more than wanted, or different', async (t) => {
  const root = temporaryFolder(t)
  await writeFiles(root, 20, () => 1)
  await writeFiles(root, 20, (i) => (i === 7 ? 2 : undefined))
  await t.notThrowsAsync(checkFiles(root, 20, (i) => (i === 7 ? 2 : 1)))
  await t.throwsAsync(
    checkFiles(root, 20, () => 1),
    { message: /record-00000007/ },
  )
  fs.writeFileSync(path.join(root, 'part-00000/more'), '')
  await t.throwsAsync(
    checkFiles(root, 20, () => 1),
    { message: /21 files/ },
  )
})
