import type { ExecutionContext } from 'ava'
import { checkStore } from '../../src/maintenance/index.js'
import { openStorage, parseLocation } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import type { RunningServer } from '../servers/index.js'

/** All that `dv fsck --deep` looks at, of a store in a bucket. */
export async function checkBucket(
  t: ExecutionContext,
  { settings, env }: Pick<RunningServer, 'settings' | 'env'>,
  address: string,
): Promise<void> {
  const storage = await openStorage(parseLocation(address), { settings, env, readOnly: true })
  const { problems, commits } = await checkStore(new ObjectStore(storage), { deep: true })
  t.deepEqual(problems, [])
  t.true(commits > 0)
  storage.close()
}
