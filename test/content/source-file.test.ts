import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { readExactly, withSourceFile } from '../../src/content/source-file.js'
import { temporaryFolder } from '../storage/temporary.js'

function sourceOf(folder: string, bytes: string): string {
  fs.writeFileSync(path.join(folder, 'file'), bytes)
  return path.join(folder, 'file')
}

test('a file is given with its stat', (t) => {
  const folder = temporaryFolder(t)
  sourceOf(folder, 'four')
  const text = withSourceFile(folder, 'file', (fd, stat) => {
    const bytes = Buffer.alloc(stat.size)
    readExactly(fd, bytes, { offset: 0, path: 'file' })
    return bytes.toString()
  })
  t.is(text, 'four')
})

test('a file that changes while it is read is not taken', (t) => {
  const folder = temporaryFolder(t)
  const file = sourceOf(folder, 'before')
  const changes = [
    () => fs.appendFileSync(file, '!'),
    () => fs.truncateSync(file, 1),
    () => fs.utimesSync(file, 1, 1),
  ]
  for (const change of changes)
    t.throws(() => withSourceFile(folder, 'file', change), { code: 'DV_FILE_CHANGED', message: /'file'/ })
})

test('a file that is not as it was expected is not read', (t) => {
  const folder = temporaryFolder(t)
  const file = sourceOf(folder, 'before')
  const stat = withSourceFile(folder, 'file', (_, stat) => stat)
  t.is(
    withSourceFile(folder, 'file', () => 'read', stat),
    'read',
  )
  fs.writeFileSync(`${file}.new`, 'before')
  fs.renameSync(`${file}.new`, file)
  t.throws(() => withSourceFile(folder, 'file', () => t.fail('it was read'), stat), {
    code: 'DV_FILE_CHANGED',
  })
})

test('a file that ends early, and one that is gone, say so', (t) => {
  const folder = temporaryFolder(t)
  sourceOf(folder, 'four')
  const beyond = (fd: number) => readExactly(fd, Buffer.alloc(5), { offset: 0, path: 'file' })
  t.throws(() => withSourceFile(folder, 'file', beyond), { code: 'DV_FILE_CHANGED' })
  t.throws(() => withSourceFile(folder, 'gone', () => 0), { code: 'DV_NOT_FOUND', message: /'gone'/ })
})
