// A collector that meets damage says so, also when it has just deleted something itself; only what others delete beside it is
// told as that.
import test from 'ava'
import { corrupt, type DvError } from '../../src/base/index.js'
import { changeRoot } from '../../src/index/index.js'
import { collect } from '../../src/maintenance/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import { commitTree, newStore } from '../transfer/world.js'

const NOTHING = { commits: [], manifests: [] }
/** What working directories need is asked for in the sweep, after it, and in the mark that follows. */
const TIMES_ASKED = 3

/** As a folder, in which a collection has been marked. */
async function markedStore(): Promise<Storage> {
  const storage = memoryStorage()
  await commitTree(newStore(storage), { a: 'no ref leads here' })
  const marking = { ...storage, list: aged(storage) }
  const { marked } = await collect(newStore(marking), {
    ...{ grace: 3_600_000, threshold: 0, outside: async () => NOTHING },
  })
  if (marked.length === 0) throw new Error('nothing was marked')
  return { ...storage, properties: { ...storage.properties, localRoot: '/nowhere' } }
}

/** Packs that were put a day before everything else. */
function aged(storage: Storage): Storage['list'] {
  return async function* (prefix) {
    for await (const { modified = 0, ...found } of storage.list(prefix))
      yield { ...found, modified: prefix === 'packs/' ? modified - 86_400_000 : modified }
  }
}

/** Collects at once; `meets` is what happens the `time`th time that it is asked what working directories need. */
async function collectMeeting(storage: Storage, time: number, meets: () => Promise<void>): Promise<number> {
  let asked = 0
  const outside = async () => {
    if (++asked === time) await meets()
    return NOTHING
  }
  await collect(newStore(storage), { grace: 0, threshold: 0, outside })
  return asked
}

test('a collection asks what is needed before it deletes, after that, and before it marks', async (t) => {
  t.is(await collectMeeting(await markedStore(), 0, async () => {}), TIMES_ASKED)
})

for (let time = 1; time <= TIMES_ASKED; time++) {
  test(`damage is told as damage, met the ${time}. time that it is asked what is needed`, async (t) => {
    const storage = await markedStore()
    const failed = await t.throwsAsync<DvError>(
      collectMeeting(storage, time, async () => {
        throw corrupt('A disk has turned a bit')
      }),
    )
    t.is(failed?.code, 'DV_CORRUPT')
    t.regex(failed?.message ?? '', /turned a bit/)
  })

  test(`what another collector deletes is told as that, met the ${time}. time`, async (t) => {
    const storage = await markedStore()
    const failed = await t.throwsAsync<DvError>(
      collectMeeting(storage, time, async () => {
        await changeRoot(storage, (root) => ({ ...root, generation: root.generation + 1 }))
        throw corrupt('A pack is gone')
      }),
    )
    t.is(failed?.code, 'DV_REF_MOVED')
  })
}
