import test from 'ava'
import { everything, INVOCATIONS } from './samples.js'
import { dv } from './test-io.js'

const POISON = '\x1b]0;owned\x07\x1b[2J\u009b31m\u202e\r\nFORGED \u2028\x7f'
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e]/

/** Words of the contract itself, not data. */
const FIXED = new Set([
  ...[
    'head',
    'branch',
    'tag',
    'remote',
    'file',
    'executable',
    'symlink',
    'directory',
    'commit',
    'diff',
    'change',
  ],
  ...[
    'summary',
    'text',
    'bytes',
    'link',
    'added',
    'modified',
    'deleted',
    'renamed',
    'both-modified',
    'merge',
    'revert',
  ],
  ...['up-to-date', 'fast-forward', 'merged', 'conflicts', 'rejected', 'new', 'not-fast-forward', 'damaged'],
])

function poisoned(value: unknown): unknown {
  if (typeof value === 'string') return FIXED.has(value) ? value : `${value}${POISON}`
  if (Array.isArray(value)) return value.map(poisoned)
  if (value === null || typeof value !== 'object') return value
  if (Symbol.asyncIterator in value) return poisonedItems(value as AsyncIterable<unknown>)
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key === 'accuracy' ? `${key}${POISON}` : key,
      poisoned(item),
    ]),
  )
}

function poisonedMethods(methods: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      typeof method === 'function' ? poisonedMethod(method as Method) : poisonedMethods(method as object),
    ]),
  )
}

type Method = (...order: unknown[]) => unknown

function poisonedMethod(method: Method): Method {
  return (...order) => {
    const result = method(...order)
    if (result instanceof Promise) return result.then(poisoned)
    return poisonedItems(result as AsyncIterable<unknown>)
  }
}

async function* poisonedItems(items: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  for await (const item of items) yield poisoned(item)
}

for (const line of [...INVOCATIONS, 'merge --ours x']) {
  test(`'dv ${line}' prints hostile data without acting on the terminal or forging lines`, async (t) => {
    const fakes = { ...poisonedMethods(everything), mergeUnderWay: async () => line.includes('--ours') }
    const { out, err } = await dv(line.split(' '), fakes)
    for (const text of [out, err]) {
      t.notRegex(text, UNSAFE)
      t.notRegex(text, /^FORGED/m)
    }
    t.notRegex(err, /bug in dv/)
    if (!line.startsWith('__complete')) t.true((out + err).length > 0)
  })

  test(`'dv ${line} --json' escapes hostile data and stays JSON`, async (t) => {
    const [verb = '', ...rest] = line.split(' ')
    const { out } = await dv([verb, '--json', ...rest], poisonedMethods(everything))
    t.notRegex(out, UNSAFE)
    for (const document of out.trimEnd().split('\n')) t.is(typeof JSON.parse(document), 'object')
  })
}

test('errors escape what they quote', async (t) => {
  const { err } = await dv(['\x1b[2J\nerror: forged'])
  t.is(err.split('\n')[0], "error: '\\x1b[2J\\nerror: forged' is no dv command")
})
