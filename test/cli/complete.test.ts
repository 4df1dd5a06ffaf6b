import test from 'ava'
import { everything } from './samples.js'
import { dv } from './test-io.js'

async function candidates(...words: string[]): Promise<string[]> {
  const { out, status } = await dv(['__complete', '--', ...words], everything)
  if (status !== 0) throw new Error('completion failed')
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0]!)
}

for (const [words, wanted] of [
  [['st'], ['status']],
  [['-C', '/x', 'st'], ['status']],
  [['remote', 's'], ['set-url']],
  [
    ['config', ''],
    ['get', 'set', 'unset', 'list'],
  ],
  [
    ['switch', ''],
    ['main', 'cleanup'],
  ],
  [['switch', 'ma'], ['main']],
  [
    ['show', ''],
    ['main', 'cleanup', 'v1', 'origin/main'],
  ],
  [['tag', ''], ['v1']],
  [['push', 'o'], ['origin']],
  [['restore', '-s', 'v'], ['v1']],
  [['restore', '--source', 'v'], ['v1']],
  [['restore', 'v'], []],
  [['log', '--onel'], ['--oneline']],
  [['log', '--', ''], []],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['help', 'und'], ['undo']],
  [['nonsense', ''], []],
] as const) {
  test(`after 'dv ${words.join(' ')}' may come: ${wanted.join(' ') || 'nothing'}`, async (t) => {
    t.deepEqual(await candidates(...words), [...wanted])
  })
}

test('hidden verbs and options are not completed', async (t) => {
  t.false((await candidates('')).some((name) => name === 'add' || name.startsWith('_')))
  t.false((await candidates('commit', '--')).includes('--all'))
})

test('outside a repository completion is silent', async (t) => {
  const { out, err, status } = await dv(['__complete', '--', 'switch', ''])
  t.deepEqual([out, err, status], ['', '', 0])
})

for (const shell of ['bash', 'zsh', 'fish']) {
  test(`'dv completion ${shell}' prints a script that asks 'dv __complete'`, async (t) => {
    t.regex((await dv(['completion', shell])).out, /dv __complete -- /)
  })
}
