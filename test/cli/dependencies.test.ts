import test from 'ava'
import type { DependenciesApi, DependencyInfo, VerifyRecord } from '../../src/cli/api-types.js'
import { run } from '../../src/cli/main.js'
import { ID, OTHER } from './samples.js'
import { fakeEngine, iterate, NOW, testIo } from './test-io.js'

const SUM = { files: 1204, bytes: 3_400_000 }
const plates: DependencyInfo = {
  ...{ name: 'plates', url: 's3://lab/pl\u001b[31mates', revision: 'v2', commit: ID, into: 'data/plates' },
  ...{ path: 'day1', where: 'plate > 35' },
}
const differences: VerifyRecord[] = [
  {
    type: 'difference',
    name: 'plates',
    path: 'a\u001b[2J.csv',
    difference: 'changed',
    wanted: ID,
    found: OTHER,
  },
  {
    type: 'difference',
    name: 'plates',
    path: 'l',
    difference: 'changed',
    wanted: 'symlink a',
    found: 'directory',
  },
  { type: 'difference', name: 'plates', path: 'b.csv', difference: 'missing', wanted: ID },
  { type: 'dependency', name: 'plates', commit: ID, folder: '/code/data/plates', sound: SUM, differences: 3 },
  { type: 'dependency', name: 'labels', commit: ID, folder: '/code/data/labels', sound: SUM, differences: 0 },
]

function fakes(changes: Partial<DependenciesApi> = {}): DependenciesApi {
  return {
    require: async () => ({ lock: '/code/dv.lock', dependency: plates, before: OTHER, total: SUM }),
    list: async () => [plates],
    remove: async () => ({ lock: '/code/dv.lock', removed: [plates] }),
    install: async () => ({
      lock: '/code/dv.lock',
      dependencies: [
        {
          ...{
            name: 'plates',
            commit: ID,
            folder: '/code/data/plates',
            written: SUM,
            kept: { files: 2, bytes: 20 },
          },
          removed: { files: 1, bytes: 10 },
          purged: { count: 1, items: [{ path: 'x.csv', time: NOW, reason: 'no consent' }] },
        },
      ],
    }),
    outdated: () =>
      iterate(
        {
          ...{ name: 'plates', url: 'u', revision: 'main', commit: OTHER, state: 'moved' as const },
          newest: { commit: ID, time: NOW - 7_200_000, subject: 'Add labels' },
        },
        {
          ...{ name: 'gone', url: 'u', revision: 'main', commit: ID, state: 'failed' as const },
          failure: { code: 'DV_NO_STORE', message: 'There is no store' },
        },
        { name: 'same', url: 'u', revision: 'v1', commit: ID, state: 'current' as const },
      ),
    update: async () => ({
      ...{ lock: '/code/dv.lock', current: [] },
      updated: [{ name: 'plates', revision: 'main', before: OTHER, after: ID }],
    }),
    verify: () => iterate(...differences),
    ...changes,
  }
}

async function dv(line: string, changes: Partial<DependenciesApi> = {}) {
  const asked: unknown[] = []
  const all = fakes(changes)
  const recorded = Object.fromEntries(
    Object.entries(all).map(([name, verb]) => [
      name,
      (options?: Record<string, unknown>) => {
        const { signal: _s, onProgress: _p, ...rest } = options ?? {}
        asked.push([name, rest])
        return (verb as (options: unknown) => unknown)(options)
      },
    ]),
  ) as unknown as DependenciesApi
  const io = testIo()
  const { create } = fakeEngine({}, { dependencies: recorded })
  const status = await run(line.split(' '), io, create)
  return { status, out: io.out(), err: io.err(), asked }
}

const ASKS: [line: string, ...asked: [string, object][]][] = [
  ['require', ['list', {}]],
  ['require s3://b/p@v1', ['require', { address: 's3://b/p@v1', force: false }]],
  [
    'require s3://b/p@v1:x n --where size>1 --into d --endpoint https://h --path-style --region r -f',
    [
      'require',
      {
        ...{ address: 's3://b/p@v1:x', name: 'n', where: 'size>1', into: 'd', force: true },
        settings: { endpoint: 'https://h', region: 'r', 'path-style': 'true' },
      },
    ],
  ],
  ['require --remove a b', ['remove', { names: ['a', 'b'] }]],
  ['install', ['install', { names: [], force: false }]],
  [
    'install a --into d --frozen -f',
    ['install', { names: ['a'], into: 'd', force: true }],
    ['verify', { names: ['a'], into: 'd' }],
  ],
  ['verify a b --into d', ['verify', { names: ['a', 'b'], into: 'd' }]],
  ['outdated', ['outdated', { names: [] }]],
  ['update a', ['update', { names: ['a'] }]],
]

for (const [line, ...asked] of ASKS)
  test(`dv ${line} asks for that`, async (t) => t.deepEqual((await dv(line)).asked, asked))

test('what is pinned, installed and moved is told, with what to type next', async (t) => {
  const made = await dv('require x')
  t.is(
    made.out,
    `Pinned 'plates': v2 at ${ID.slice(0, 10)}, before ${OTHER.slice(0, 10)}, 1,204 files, 3.4 MB\n`,
  )
  t.regex(made.err, /hint: 'dv install' brings it into 'data\/plates'/)
  t.is(
    (await dv('require')).out,
    `plates  ${ID.slice(0, 10)}  data/plates  s3://lab/pl\\x1b[31mates@v2:day1  plate > 35\n`,
  )
  t.regex((await dv('require --remove plates')).err, /its folder stays: data\/plates/)
  const installed = await dv('install')
  t.regex(
    installed.out,
    /^Installed 'plates' in '\/code\/data\/plates': 1,204 files, 3\.4 MB written, 2 files, 20 B there already, 1 file, 10 B removed\n/,
  )
  t.regex(installed.out, /no consent/)
  const updated = await dv('update')
  t.is(updated.out, `Updated 'plates': main from ${OTHER.slice(0, 10)} to ${ID.slice(0, 10)}\n`)
})

test('verify prints each difference and ends with 3; without one, with 0', async (t) => {
  const { status, out } = await dv('verify')
  t.is(status, 3)
  t.deepEqual(out.split('\n').slice(0, 5), [
    `changed  plates: a\\x1b[2J.csv (${OTHER.slice(0, 10)}, pinned is ${ID.slice(0, 10)})`,
    'changed  plates: l (directory, pinned is symlink a)',
    'missing  plates: b.csv',
    "'plates' is not what was pinned: 3 paths differ",
    "'labels' is what was pinned: 1,204 files, 3.4 MB",
  ])
  const json = await dv('verify --json')
  t.deepEqual(
    json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    differences,
  )
  t.is((await dv('verify', { verify: () => iterate(differences[4]!) })).status, 0)
})

test('a frozen install ends with 3 when what is there is not exactly what was pinned', async (t) => {
  t.is((await dv('install')).status, 0)
  t.is((await dv('install --frozen')).status, 3)
  t.is((await dv('install --frozen', { verify: () => iterate(differences[4]!) })).status, 0)
  const { verified } = JSON.parse((await dv('install --frozen --json')).out) as { verified: unknown }
  t.deepEqual(verified, differences)
})

test('outdated lists what moved and what failed; its status says so', async (t) => {
  const { status, out } = await dv('outdated')
  t.is(status, 1)
  t.is(
    out,
    `plates main: ${OTHER.slice(0, 10)} -> ${ID.slice(0, 10)} Add labels (2 hours ago)\ngone main: There is no store\n`,
  )
  const moved = { name: 'p', url: 'u', revision: 'main', commit: OTHER, state: 'moved' as const }
  t.is((await dv('outdated', { outdated: () => iterate(moved) })).status, 0)
  t.is((await dv('outdated --exit-code', { outdated: () => iterate(moved) })).status, 3)
})

test('what cannot be meant is a mistake of typing', async (t) => {
  for (const line of ['require a b c', 'require --remove', 'install --nope'])
    t.is((await dv(line)).status, 2, line)
})
