import fs from 'node:fs'
import test from 'ava'
import { OpenParents } from '../../src/files/index.js'
import { fill, temporaryFolder } from '../helpers/temporary.js'

const WAYS = process.platform === 'linux' ? [true, false] : [false]

for (const isHeld of WAYS) {
  const how = isHeld ? 'held open' : 'looked at'
  const openParents = (root: string) => new OpenParents(root, { isHeld })

  test(`a name reaches what stands at the path, at any depth: parents are ${how}`, (t) => {
    const deep = `${Array.from({ length: 40 }, (_, i) => `d${i}`).join('/')}/file`
    const root = fill(temporaryFolder(), { top: 'top', 'a/b/c': 'abc', 'a/x': 'ax', [deep]: 'deep' })
    const parents = openParents(root)
    for (const path of ['top', 'a/b/c', 'a/x', deep, 'a/b/c', 'a/b'])
      t.deepEqual(fs.statSync(parents.at(path)).ino, fs.statSync(`${root}/${path}`).ino, path)
    parents.forget()
    t.is(parents.find('absent/x'), undefined)
    t.throws(() => parents.at('a/absent/x'), { code: 'DV_FILE_CHANGED' })
    parents.forget()
  })

  test(`no parent is a link or a file: parents are ${how}`, (t) => {
    const root = fill(temporaryFolder(), { 'real/a': '', file: '' })
    fs.symlinkSync('real', `${root}/link`)
    fs.symlinkSync('nowhere', `${root}/real/dangling`)
    const parents = openParents(root)
    for (const path of ['link/a', 'file/a', 'real/dangling/x', 'link/a/b'])
      t.throws(() => parents.find(path), { code: 'DV_UNSAFE_PATH' }, path)
    for (const path of ['../x', 'real/../../x', 'real/..', '.', '', '/x', 'real//a', 'real/'])
      t.throws(() => parents.find(path), { code: 'DV_UNSAFE_PATH' }, path)
    t.throws(() => parents.makeDirectory('link/b'), { code: 'DV_UNSAFE_PATH', message: /symbolic link/ })
    t.throws(() => parents.makeDirectory('file'), { code: 'DV_UNSAFE_PATH', message: /not a directory/ })
    parents.removeFile('real/a')
    parents.removeFile('real/absent')
    parents.removeFile('absent/absent')
    t.throws(() => parents.removeFile('link/a'), { code: 'DV_UNSAFE_PATH' })
    parents.forget()
    t.deepEqual(fs.readdirSync(`${root}/real`), ['dangling'])
  })

  test(`directories are made with their parents, and it is told whether they were there: parents are ${how}`, (t) => {
    const root = fill(temporaryFolder(), { 'a/x': '' })
    const parents = openParents(root)
    t.true(parents.makeDirectory('a/b/c'))
    t.false(parents.makeDirectory('a/b/c'))
    t.false(parents.makeDirectory('a'))
    t.true(parents.makeDirectory('a/b/d'))
    parents.forget()
    t.deepEqual(fs.readdirSync(`${root}/a/b`), ['c', 'd'])
  })
}

if (process.platform === 'linux')
  test('a held parent is the one that was looked at, whatever is put in its place; no descriptor stays', (t) => {
    const before = fs.readdirSync('/proc/self/fd').length
    const root = fill(temporaryFolder(), { 'a/b/c': '', 'out/b/': '' })
    const parents = new OpenParents(root, { isHeld: true })
    const name = parents.at('a/b/new')
    fs.renameSync(`${root}/a`, `${root}/moved`)
    fs.symlinkSync('out', `${root}/a`)
    fs.writeFileSync(name, 'new')
    t.deepEqual(fs.readdirSync(`${root}/moved/b`), ['c', 'new'])
    t.deepEqual(fs.readdirSync(`${root}/out/b`), [])
    parents.forget()
    t.throws(() => parents.find('a/b/new'), { code: 'DV_UNSAFE_PATH' })
    parents.forget()
    t.is(fs.readdirSync('/proc/self/fd').length, before)
  })
