import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { type Change, ChangeSorter } from '../../src/edit/index.js'
import { hashChunk } from '../../src/hash/index.js'
import { temporaryFolder } from '../helpers/temporary.js'

async function all(sorter: ChangeSorter): Promise<Change[]> {
  const found: Change[] = []
  for await (const batch of sorter.sorted()) found.push(...batch)
  return found
}

function sorterIn(folder: string, heldBytes: number): ChangeSorter {
  let n = 0
  return new ChangeSorter({ temporaryPath: () => path.join(folder, `run${n++}`), heldBytes })
}

function changes(count: number): Change[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ path: `p${(i * 7919) % count}/x`, line: i + 1, type: 'file', size: i },
    content: hashChunk(Buffer.from(`${i}`)),
    recipe: { form: 'inline', chunks: [{ id: hashChunk(Buffer.from('c')), length: 1 }] },
    set: new Map([['big', { type: 'int64', value: 2n ** 60n }]]),
  }))
}

test('what comes in any order comes out by path, the same from disk as from memory, as often as asked', async (t) => {
  const folder = temporaryFolder()
  const onDisk = sorterIn(folder, 100_000)
  const inMemory = sorterIn(folder, 1e9)
  for (const sorter of [onDisk, inMemory]) for (const change of changes(2000)) sorter.add([change])
  t.true(onDisk.runs > 5)
  t.is(inMemory.runs, 0)
  const expected = await all(inMemory)
  t.is(expected.length, 2000)
  t.deepEqual(await all(onDisk), expected)
  t.deepEqual(await all(onDisk), expected)
  onDisk.close()
  t.deepEqual(fs.readdirSync(folder), [])
})

test('changes of one path come in the order of their lines', async (t) => {
  const sorter = sorterIn(temporaryFolder(), 1)
  for (const line of [3, 1, 2]) sorter.add([{ path: 'a', line, type: 'remove' }])
  t.deepEqual(
    (await all(sorter)).map(({ line }) => line),
    [1, 2, 3],
  )
  sorter.close()
})
