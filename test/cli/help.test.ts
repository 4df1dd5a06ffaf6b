// Help is held against test/cli/help.txt. After a wanted change: DV_UPDATE=1 npx ava build/test/cli/help.test.js
import fs from 'node:fs'
import test from 'ava'
import { isGroup } from '../../src/cli/command.js'
import { VERBS, VISIBLE } from '../../src/cli/registry.js'
import { dv } from './test-io.js'

const FILE = 'test/cli/help.txt'

async function allHelp(): Promise<string> {
  const parts = [(await dv(['help'])).out]
  for (const name of VISIBLE) {
    parts.push((await dv(['help', name])).out)
    const loaded = await VERBS.get(name)!.load()
    if (!isGroup(loaded)) continue
    for (const command of loaded.commands) parts.push((await dv(['help', ...command.name.split(' ')])).out)
  }
  // The blocks that all verbs share are shown once.
  const shared = /\n(Everywhere|Exit status)\n( .*\n)+/g
  return parts.map((part, i) => (i === 3 ? part : part.replace(shared, ''))).join(`\n${'-'.repeat(80)}\n\n`)
}

test('the help of every verb is as test/cli/help.txt has it', async (t) => {
  const text = await allHelp()
  if (process.env['DV_UPDATE']) fs.writeFileSync(FILE, text)
  t.is(text, fs.readFileSync(FILE, 'utf8'))
})

test('no line of help is wider than 110 characters or ends in a space', async (t) => {
  for (const line of (await allHelp()).split('\n')) t.regex(line, /^(.{0,109}\S)?$/)
})

test("'dv help VERB', 'dv VERB --help', 'dv VERB -h' and 'dv --help VERB' are the same", async (t) => {
  const { out } = await dv(['help', 'commit'])
  t.regex(out, /usage: dv commit -m MSG \[PATHS\]/)
  for (const argv of [
    ['commit', '--help'],
    ['commit', '-h', 'x'],
    ['--help', 'commit'],
  ])
    t.is((await dv(argv)).out, out)
})

test('a verb with sub-verbs has help of its own, and so has each of them', async (t) => {
  const { out } = await dv(['help', 'remote'])
  for (const argv of [
    ['remote', '--help'],
    ['remote', '-h'],
  ])
    t.is((await dv(argv)).out, out)
  t.regex((await dv(['remote', 'add', '--help'])).out, /^dv remote add: Name a remote\n/)
})

test("'dv' and 'dv --help' list the verbs", async (t) => {
  const { out, status } = await dv([])
  t.is(status, 0)
  t.is((await dv(['--help'])).out, out)
  for (const name of VISIBLE) t.true(out.includes(`\n  ${name} `), name)
})

test('every visible verb has a summary like that of its command', async (t) => {
  for (const name of VISIBLE) t.is((await VERBS.get(name)!.load()).summary, VERBS.get(name)!.summary)
})

test('every command has a usage and an example that begins with its name', async (t) => {
  for (const name of VISIBLE) {
    const loaded = await VERBS.get(name)!.load()
    for (const command of isGroup(loaded) ? loaded.commands : [loaded]) {
      t.true(command.usage.length > 0 && command.examples.length > 0, command.name)
      t.true(
        command.examples.every((example) => example.command.includes(`dv ${name}`)),
        command.name,
      )
    }
  }
})
