// Two collectors at once, and a ref that moves at the worst moment.
import test from 'ava'
import { collect } from '../../src/maintenance/index.js'
import { branchRef, readRef, updateRef } from '../../src/refs/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'
import { checkStore, commitTree, newStore } from '../transfer/world.js'

const NOW = { grace: 0, threshold: 0, outside: async () => ({ commits: [], manifests: [] }) }

/** Is passed once. */
function gate() {
  let open = () => {}
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { open, passed }
}

/** The same storage, of which a call of `name` waits for `before` first. */
function delayed(
  storage: Storage,
  hooks: Partial<Record<'delete' | 'read', (name: string) => Promise<void>>>,
): Storage {
  return {
    ...storage,
    properties: { ...storage.properties, localRoot: '/nowhere' },
    read: async (name) => (await hooks.read?.(name), storage.read(name)),
    delete: async (name) => (await hooks.delete?.(name), storage.delete(name)),
  }
}

test('what one collector puts back, another has not begun to delete', async (t) => {
  const storage = memoryStorage()
  const commit = await commitTree(newStore(storage), { a: 'no ref leads here', b: 'nor here' })
  const ref = branchRef('main')
  const [deleting, mayDelete] = [gate(), gate()]
  let second: Promise<unknown> | undefined
  const slow = delayed(storage, {
    async delete(name) {
      if (!name.startsWith('packs/')) return
      await storage.delete(name)
      deleting.open()
      await mayDelete.passed
    },
  })
  const first = delayed(storage, {
    async read(name) {
      // The look after the sweep: the index names nothing any more, and somebody has just moved a ref there.
      const { segments } = await newStore(storage).index.root()
      if (second || segments.length > 0 || name !== 'config') return
      await updateRef(storage, ref, {
        expected: undefined,
        next: { target: commit, operation: 'x', updated: 1 },
      })
      second = collect(newStore(slow), NOW).catch(() => {})
      await Promise.race([deleting.passed, second])
    },
  })
  await collect(newStore(first), NOW).catch(() => {})
  t.truthy(second)
  mayDelete.open()
  await second
  t.truthy(await readRef(storage, ref))
  // The ref's owner, who is about to look again, finds the commit or stores it again: never half of it.
  await t.notThrowsAsync(checkStore(t, storage))
})
