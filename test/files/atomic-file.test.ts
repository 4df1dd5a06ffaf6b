import fs from 'node:fs'
import test from 'ava'
import { placeFile, writeFileAtomic } from '../../src/files/index.js'
import { probeFileSystem } from '../../src/workspace/index.js'
import { fill, temporaryFolder } from '../helpers/temporary.js'

function temporaryWith(root: string, text: string, mode = 0o666): string {
  const file = `${root}/tmp/made`
  fs.writeFileSync(file, text, { flag: 'wx', mode })
  return file
}

test('a file is placed with its mode, and the temporary file is gone', (t) => {
  const root = fill(temporaryFolder(), { 'tmp/': '', 'd/': '' })
  placeFile(temporaryWith(root, 'one', 0o777), `${root}/d/a`)
  t.is(fs.readFileSync(`${root}/d/a`, 'utf8'), 'one')
  if (process.platform !== 'win32') t.is(fs.statSync(`${root}/d/a`).mode & 0o100, 0o100)
  placeFile(temporaryWith(root, 'two'), `${root}/d/a`)
  t.is(fs.readFileSync(`${root}/d/a`, 'utf8'), 'two')
  if (process.platform !== 'win32') t.is(fs.statSync(`${root}/d/a`).mode & 0o111, 0)
  t.deepEqual(fs.readdirSync(`${root}/tmp`), [])
})

test('replacing a link replaces the link, not what it points to', (t) => {
  const root = fill(temporaryFolder(), { 'tmp/': '', target: 'kept' })
  fs.symlinkSync('target', `${root}/link`)
  placeFile(temporaryWith(root, 'new'), `${root}/link`)
  t.is(fs.readFileSync(`${root}/target`, 'utf8'), 'kept')
  t.true(fs.lstatSync(`${root}/link`).isFile())
})

test('a failure leaves no temporary file', (t) => {
  const root = fill(temporaryFolder(), { 'tmp/': '', 'full/x': '' })
  t.throws(() => placeFile(temporaryWith(root, 'new'), `${root}/full`), { code: 'DV_IO' })
  t.throws(() => placeFile(temporaryWith(root, 'new'), `${root}/absent/x`), {
    code: 'DV_NOT_FOUND',
  })
  t.throws(() => writeFileAtomic(`${root}/full`, Buffer.from('x'), { sync: false }), { code: 'DV_IO' })
  t.deepEqual(fs.readdirSync(root).sort(), ['full', 'tmp'])
  t.deepEqual(fs.readdirSync(`${root}/tmp`), [])
})

test('a probe of the file system tells what holds here and leaves nothing', (t) => {
  const root = temporaryFolder()
  const traits = probeFileSystem(root)
  if (process.platform === 'linux') {
    t.deepEqual(traits, { caseInsensitive: false, normalizes: false, executableBit: true, symlinks: true })
  }
  t.deepEqual(fs.readdirSync(root), [])
})
