import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createDirectoryStorage, memoryStorage, type Storage } from '../../src/storage/index.js'
import { faults, faulty } from '../compliance/faulty.js'
import { storageContract } from '../compliance/storage.js'
import { temporaryFolder } from './temporary.js'

const adapters: Record<string, (t: ExecutionContext) => Storage> = {
  memory: () => memoryStorage(),
  directory: (t) => {
    const storage = createDirectoryStorage(path.join(temporaryFolder(t), 'deep', 'store'))
    t.teardown(() => storage.close())
    return storage
  },
}

for (const [name, open] of Object.entries(adapters)) {
  for (const { title, check } of storageContract) {
    test(`${name}: ${title}`, async (t) => {
      await t.notThrowsAsync(check(open(t)))
    })
  }
}

const caught: Record<string, RegExp> = {
  'loses compare-and-swap races': /exactly one of many racing writers/,
  'checks, waits and then writes': /every one of many racing increments/,
  'uses a hash of the bytes as version': /never takes an old version/,
  'replaces objects': /put\(\) twice keeps the first/,
  'cuts ranges short': /a range beyond the end/,
  'lists by folder only': /list\(\) names all objects/,
}

for (const fault of Object.keys(faults)) {
  test(`the contract catches a storage that ${fault}`, async (t) => {
    const failed: string[] = []
    for (const { title, check } of storageContract) {
      await check(faulty(memoryStorage(), fault)).catch(() => failed.push(title))
    }
    t.regex(failed.join('\n'), caught[fault]!)
  })
}
