import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import {
  type Config,
  EMPTY_CONFIG,
  getConfigValue,
  listConfig,
  mergeConfigs,
  parseRemoteUrl,
  readGlobalConfig,
  readStoreConfig,
  redactArguments,
  setConfigValue,
  unsetConfigValue,
  updateGlobalConfig,
  updateStoreConfig,
} from '../../src/repo/index.js'
import { memoryStorage } from '../../src/storage/index.js'
import { temporaryFolder } from '../storage/temporary.js'

const values: [string, string][] = [
  ['branch.a.b/C.merge', 'a.b/C'],
  ['branch.a.b/C.remote', 'origin'],
  ['remote.__proto__.url', '/data/other'],
  ['remote.origin.url', 's3://bucket/prefix'],
  ['user.email', 'ann@example.org'],
  ['user.name', 'Ann Özil'],
]

function configOf(pairs: [string, string][]): Config {
  return pairs.reduce((config, [key, value]) => setConfigValue(config, key, value).config, EMPTY_CONFIG)
}

test('values are set, got, listed by key and unset', (t) => {
  const config = configOf(values)
  t.deepEqual(listConfig(config), values)
  for (const [key, value] of values) {
    t.is(getConfigValue(config, key), value)
    t.is(getConfigValue(unsetConfigValue(config, key), key), undefined)
    t.is(listConfig(unsetConfigValue(config, key)).length, values.length - 1)
    t.is(getConfigValue(EMPTY_CONFIG, key), undefined)
  }
  t.deepEqual(listConfig(values.reduce((c, [key]) => unsetConfigValue(c, key), config)), [])
})

test('unknown keys are DV_BAD_CONFIG and say what can be set', (t) => {
  for (const key of [
    '',
    'user',
    'user.',
    'user.age',
    'remote.url',
    'remote.origin',
    'remote.origin.push',
    'branch.x',
    'toString',
    'user.__proto__',
  ]) {
    const error = t.throws(() => getConfigValue(EMPTY_CONFIG, key), { code: 'DV_BAD_CONFIG' }, key)
    t.regex((error as { hint?: string }).hint!, /user\.name/)
  }
  t.throws(() => setConfigValue(EMPTY_CONFIG, 'remote.a/b.url', '/x'), { code: 'DV_BAD_NAME' })
  t.throws(() => setConfigValue(EMPTY_CONFIG, 'branch.a b.remote', 'origin'), { code: 'DV_BAD_NAME' })
})

test('values that are empty, endless or have control characters are DV_BAD_CONFIG', (t) => {
  for (const value of ['', '  ', 'a\nb', 'a\0', 'x'.repeat(5000)]) {
    t.throws(() => setConfigValue(EMPTY_CONFIG, 'user.name', value), { code: 'DV_BAD_CONFIG' })
  }
})

test('the store hides what the user set', (t) => {
  const merged = mergeConfigs(
    configOf([
      ['user.name', 'Global'],
      ['user.email', 'g@x'],
    ]),
    configOf([
      ['user.name', 'Local'],
      ['remote.o.url', '/r'],
    ]),
  )
  t.deepEqual(listConfig(merged), [
    ['remote.o.url', '/r'],
    ['user.email', 'g@x'],
    ['user.name', 'Local'],
  ])
})

test('the configuration of a store loses no change of racing writers', async (t) => {
  const storage = memoryStorage()
  t.deepEqual(await readStoreConfig(storage), EMPTY_CONFIG)
  await Promise.all(
    values.map(([key, value]) =>
      updateStoreConfig(storage, (config) => setConfigValue(config, key, value).config),
    ),
  )
  t.deepEqual(listConfig(await readStoreConfig(storage)), values)
})

test('the configuration of the user is a file that a person can read', (t) => {
  const file = path.join(temporaryFolder(t), 'deep', 'config.json')
  t.deepEqual(readGlobalConfig(file), EMPTY_CONFIG)
  updateGlobalConfig(file, () => configOf([['user.name', 'Ann']]))
  t.deepEqual(JSON.parse(fs.readFileSync(file, 'utf8')), {
    version: 1,
    user: { name: 'Ann' },
    remotes: {},
    branches: {},
  })
  updateGlobalConfig(file, (config) => setConfigValue(config, 'user.email', 'a@x').config)
  t.deepEqual(listConfig(readGlobalConfig(file)), [
    ['user.email', 'a@x'],
    ['user.name', 'Ann'],
  ])
  t.deepEqual(fs.readdirSync(path.dirname(file)), ['config.json'])
})

test('a file spoilt by hand is DV_BAD_CONFIG, names the file and is not overwritten', (t) => {
  const file = path.join(temporaryFolder(t), 'config.json')
  for (const text of [
    '',
    '{',
    '[]',
    'null',
    '{"user": 7}',
    '{"user": {"name": 7}}',
    '{"remotes": {"o": {"url": null}}}',
    '\xff',
  ]) {
    fs.writeFileSync(file, text, 'latin1')
    const error = t.throws(
      () => updateGlobalConfig(file, (config) => config),
      { code: 'DV_BAD_CONFIG' },
      text,
    )
    t.true(error!.message.includes(file), error!.message)
    t.is(fs.readFileSync(file, 'latin1'), text)
  }
  fs.writeFileSync(file, '{"user": {"name": "Ann", "later": "field"}, "later": {"a": 1}}')
  t.deepEqual(listConfig(readGlobalConfig(file)), [['user.name', 'Ann']])
})

test('user-info is taken from a URL, and the caller is told', (t) => {
  for (const [given, kept] of [
    ['https://ann:secret@host/data?x=1', 'https://host/data?x=1'],
    ['s3://KEY:se%2Fcret@bucket/prefix', 's3://bucket/prefix'],
    ['https://token@host/data', 'https://host/data'],
  ] as const) {
    t.deepEqual(parseRemoteUrl(given), { url: kept, stripped: true })
    const { config, notes } = setConfigValue(EMPTY_CONFIG, 'remote.o.url', given)
    t.is(getConfigValue(config, 'remote.o.url'), kept)
    t.regex(notes.join(), /was not saved/)
  }
})

test('addresses without user-info stay as they were typed', (t) => {
  for (const text of [
    '/data/x',
    '../x',
    'C:\\x',
    'file:///data/x',
    's3://bucket',
    'https://host',
    '/odd@dir/x',
    'a:b',
  ]) {
    t.deepEqual(parseRemoteUrl(text), { url: text, stripped: false })
  }
  t.throws(() => parseRemoteUrl(' '), { code: 'DV_BAD_CONFIG' })
})

test('an address that cannot be parsed is not repeated in the error', (t) => {
  const error = t.throws(() => parseRemoteUrl('s3://KEY:se/cret@bucket'), { code: 'DV_BAD_CONFIG' })
  t.notRegex(JSON.stringify({ ...error, message: error!.message }), /cret/)
})

test('recorded arguments have no credentials', (t) => {
  t.deepEqual(
    redactArguments(['remote', 'add', 'o', 'https://a:b@host/x?sig=abc', '--url=s3://K:s@b/p', 'mail@x']),
    ['remote', 'add', 'o', 'https://host/x?…', '--url=s3://b/p', 'mail@x'],
  )
  t.is(redactArguments(['x'.repeat(9999)])[0]!.length, 501)
})
