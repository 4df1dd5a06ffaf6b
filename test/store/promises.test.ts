import fs from 'node:fs'
import test from 'ava'
import { utf8 } from '../../src/base/index.js'
import { hashChunk, hashObject } from '../../src/hash/index.js'
import { memoryStorage } from '../../src/storage/index.js'
import {
  changePromises,
  decodePromises,
  encodePromises,
  ObjectStore,
  type Promises,
  readPromises,
  withPromised,
} from '../../src/store/index.js'
import { seal } from '../../src/codec/index.js'

interface Case {
  name: string
  promises: Record<string, { lazy: boolean; away: string[]; commits: string[] }>
  text: string
}

const { cases } = JSON.parse(fs.readFileSync('spec/vectors/promises.json', 'utf8')) as { cases: Case[] }

function promisesOf(promises: Case['promises']): Promises {
  return new Map(
    Object.entries(promises).map(([name, { lazy, away, commits }]) => [
      name,
      { lazy, away: new Set(away), commits: new Set(commits) },
    ]),
  )
}

function plain(promises: Promises) {
  const sorted = [...promises].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([name, { lazy, away, commits }]) => [name, lazy, [...away], [...commits]])
}

for (const { name, promises, text } of cases)
  test(`the record of ${name} is as the vector has it`, (t) => {
    t.is(encodePromises(promisesOf(promises)).toString(), text)
    t.deepEqual(plain(decodePromises(utf8(text))), plain(promisesOf(promises)))
  })

test('a record that says anything else is damage', (t) => {
  const bad = [
    { format: 2, remotes: {} },
    { format: 1, remotes: [] },
    { format: 1, remotes: { origin: { lazy: 1, away: [], commits: [] } } },
    { format: 1, remotes: { origin: { lazy: true, away: ['../x'], commits: [] } } },
    { format: 1, remotes: { origin: { lazy: true, away: [], commits: ['00'] } } },
  ]
  for (const record of bad) t.throws(() => decodePromises(seal(record)), { code: 'DV_CORRUPT' })
})

test('of changes made at once none is lost', async (t) => {
  const storage = memoryStorage()
  const names = Array.from({ length: 8 }, (_, i) => i.toString(16).padStart(32, '0'))
  await Promise.all(
    names.map((pack) =>
      changePromises(storage, (now) =>
        withPromised(now, 'origin', (old) => ({ ...old, away: new Set([...old.away, pack]) })),
      ),
    ),
  )
  t.deepEqual([...(await readPromises(storage)).get('origin')!.away].sort(), names)
})

test('what was promised is absent, anything else is missing', async (t) => {
  const storage = memoryStorage()
  const store = new ObjectStore(storage)
  const chunk = hashChunk(utf8('c'))
  const recipe = hashObject('recipe', utf8('r'))
  const manifest = hashObject('manifest', utf8('m'))
  const commit = hashObject('commit', utf8('k'))
  await t.throwsAsync(store.readChunk(chunk), { code: 'DV_MISSING_OBJECT' })
  await changePromises(storage, (now) => withPromised(now, 'origin', (old) => ({ ...old, lazy: true })))
  const error = await t.throwsAsync(store.readChunk(chunk), { code: 'DV_ABSENT' })
  t.regex(error!.message, /'origin'/)
  await t.throwsAsync(store.readObject('recipe', recipe), { code: 'DV_ABSENT' })
  await t.throwsAsync(store.readObject('manifest', manifest), { code: 'DV_MISSING_OBJECT' })
  await t.throwsAsync(store.readObject('commit', commit), { code: 'DV_MISSING_OBJECT' })
  const hex = Buffer.from(commit).toString('hex')
  await changePromises(storage, (now) =>
    withPromised(now, 'origin', (old) => ({ ...old, commits: new Set([hex]) })),
  )
  await t.throwsAsync(store.readObject('commit', commit), { code: 'DV_ABSENT' })
})
