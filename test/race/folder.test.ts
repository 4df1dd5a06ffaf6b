import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { race } from '../helpers/race.js'
import { temporaryFolder } from '../helpers/repository.js'
import { checkStore } from '../transfer/world.js'

async function raceToFolder(t: ExecutionContext, verb: 'push' | 'sync'): Promise<void> {
  const remote = path.join(temporaryFolder(t), 'remote')
  await race(t, verb, { url: remote })
  await checkStore(t, openDirectoryStorage(remote, { readOnly: true }))
}

test('of twenty processes that push to one branch of a folder at once each lands or is told', (t) =>
  raceToFolder(t, 'push'))

test('twenty processes that sync one branch of a folder at once all land', (t) => raceToFolder(t, 'sync'))
