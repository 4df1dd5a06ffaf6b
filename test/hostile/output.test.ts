import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { run } from '../../src/cli/main.js'
import { testIo } from '../cli/test-io.js'
import { testRepository } from '../helpers/repository.js'

/** Sets the window's title, clears the screen, answers back, moves the cursor, turns text around. */
const NAMES = [
  '\x1b]0;owned\x07',
  '\x1b[2J',
  '\x1b[6n\r\n',
  'back\b\b\bspace',
  '\u202egpj.exe',
  '\u009b31m',
  'del\x7f',
]
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

test('names, messages and authors that would steer a terminal are escaped by every verb that shows them', async (t) => {
  const { root, commit, write } = await testRepository(t, { first: 'first' })
  for (const name of NAMES) write({ [`folder/${name}`]: name, [name]: `${name} of\ntext\n` })
  const show = async (...argv: string[]): Promise<string> => {
    const io = testIo({ cwd: root, env: { HOME: path.dirname(root), NO_COLOR: '1' }, tty: true })
    await run(argv, io)
    return io.out() + io.err()
  }
  const seen: string[] = [await show('status'), await show('status', '--all'), await show('diff')]
  await commit(`${NAMES[0]} subject\n\n${NAMES.join('\n')}`, { author: `${NAMES[1]} <eve@example.org>` })
  for (const argv of [
    ['log'],
    ['log', '--stat'],
    ['log', '--graph'],
    ['show'],
    ['ls', '-r'],
    ['diff', 'HEAD~1'],
    ['diff', '--stat', 'HEAD~1'],
    ['diff', '--name-status', 'HEAD~1'],
    ['du'],
    ['op', 'log'],
    ['cat', 'nope\x1b[2J'],
    ['switch', '\x1b[2J'],
    ['restore', '\x1b]0;x\x07'],
  ])
    seen.push(await show(...argv))
  for (const name of fs.readdirSync(path.join(root, '.dv/store/packs'))) {
    const file = path.join(root, '.dv/store/packs', name)
    fs.chmodSync(file, 0o644)
    fs.truncateSync(file, fs.statSync(file).size >> 1)
  }
  seen.push(await show('fsck'))
  for (const text of seen) {
    t.true(text.length > 0)
    // The cursor moves and line ends that a progress line itself makes.
    const own = text.replaceAll('\r\x1b[K', '').replace(/\r[^\r\n]*\x1b\[K/g, '')
    t.notRegex(own, CONTROL, JSON.stringify(own))
  }
})
