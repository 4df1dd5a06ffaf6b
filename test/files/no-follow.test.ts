import fs from 'node:fs'
import test from 'ava'
import { assertNoSymlinkParents, openForReading, ParentGuard } from '../../src/files/index.js'
import { fill, temporaryFolder } from '../helpers/temporary.js'

test('a path through a symbolic link is refused, whatever it points to', (t) => {
  const root = fill(temporaryFolder(), { 'real/a': '', 'real/sub/b': '' })
  fs.symlinkSync('real', `${root}/link`)
  fs.symlinkSync('/', `${root}/real/sub/out`)
  t.notThrows(() => assertNoSymlinkParents(root, 'real/sub/b'))
  t.notThrows(() => assertNoSymlinkParents(root, 'link'))
  t.notThrows(() => assertNoSymlinkParents(root, 'absent/x/y'))
  t.throws(() => assertNoSymlinkParents(root, 'link/a'), {
    code: 'DV_UNSAFE_PATH',
    message: /'link'.*symbolic link/,
  })
  t.throws(() => assertNoSymlinkParents(root, 'real/sub/out/etc/passwd'), { code: 'DV_UNSAFE_PATH' })
  t.throws(() => assertNoSymlinkParents(root, 'real/a/b'), {
    code: 'DV_UNSAFE_PATH',
    message: /not a directory/,
  })
})

test('a parent guard notices a link made after it was asked, once told to forget', (t) => {
  const root = fill(temporaryFolder(), { 'a/b/c': '' })
  const guard = new ParentGuard(root)
  guard.check('a/b/c')
  fs.renameSync(`${root}/a`, `${root}/old`)
  fs.symlinkSync('old', `${root}/a`)
  guard.forget()
  t.throws(() => guard.check('a/b/c'), { code: 'DV_UNSAFE_PATH' })
})

test('openForReading() opens files and nothing else', (t) => {
  const root = fill(temporaryFolder(), { file: 'text', 'folder/': '' })
  fs.symlinkSync('file', `${root}/link`)
  const descriptor = openForReading(root, 'file')
  t.is(fs.readFileSync(descriptor, 'utf8'), 'text')
  fs.closeSync(descriptor)
  t.throws(() => openForReading(root, 'link'), { code: 'DV_FILE_CHANGED' })
  t.throws(() => openForReading(root, 'folder'), { code: 'DV_FILE_CHANGED' })
  t.throws(() => openForReading(root, 'absent'), { code: 'DV_NOT_FOUND' })
})
