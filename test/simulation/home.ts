// Somebody's own repository, in memory, of which the shared store is the remote. Pushes go the way of `dv push`, from its
// plan to the word about every ref; only the remote is handed to them, instead of opened by its address.
import type { Context } from '../../src/api/context.js'
import { planPush } from '../../src/api/push-plan.js'
import { judgeAll } from '../../src/api/push-target.js'
import { pushTo } from '../../src/api/push.js'
import type { RefUpdate } from '../../src/api/results.js'
import type { CommitId } from '../../src/hash/index.js'
import { readRef, type RefName, remoteRef, shortRefName, updateRef } from '../../src/refs/index.js'
import { iterOperations, type StoreFormat } from '../../src/repo/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { storageIn } from './shared-storage.js'
import { openShared, type World } from './world.js'

const ORIGIN = { name: 'origin', url: 'memory:' }
/** Cuts files as all others do; what else it says is asked by nobody here. */
const FORMAT = { chunker: { avg: 65536 } } as StoreFormat

/** `name` is that of its working directory in the operation log. */
export function newHome(world: World, name: string): Context {
  const storage = storageIn(world.folder)
  return {
    surroundings: { cwd: '/', env: {}, clock: () => Date.now(), zone: 0 },
    // That of a folder has more to it, for files of a working directory.
    storage: storage as Context['storage'],
    store: new ObjectStore(storage),
    format: FORMAT,
    prefix: '',
    workdir: { id: name, root: '/', dvDir: '/', store: '/' },
    pools: [],
  }
}

/** A ref here is set, whatever it was. */
export async function setHere({ storage }: Context, ref: RefName, target: CommitId): Promise<void> {
  const expected = await readRef(storage, ref)
  await updateRef(storage, ref, {
    expected,
    next: { target, operation: 'made', updated: Date.now() },
  })
}

/** Remembers where a branch of the remote is, as a fetch does. */
export async function remember(context: Context, ref: RefName, target: CommitId): Promise<void> {
  await setHere(context, remoteRef(ORIGIN.name, shortRefName(ref)), target)
}

export interface Pushed {
  update: RefUpdate
  /** Which operation the ref names that was moved, or the one that had moved it there before. */
  operation: string | undefined
}

/** One attempt of `dv push origin SPEC`. */
export async function pushOnce(
  world: World,
  context: Context,
  { spec, forceWithLease }: { spec: string; forceWithLease: boolean },
): Promise<Pushed> {
  const options = { refs: [spec], all: false, tags: false, setUpstream: false, forceWithLease }
  const steps = await planPush(context, ORIGIN.name, options)
  const remote = { ...ORIGIN, storage: world.shared, store: openShared(world), format: FORMAT }
  const target = await judgeAll(context, remote, { steps, withLease: forceWithLease })
  const { updates } = await pushTo(context, target, { named: ORIGIN, options })
  const [update] = updates
  const wasThere = update!.outcome === 'unchanged'
  const operation = wasThere ? target.judged[0]!.before?.value.operation : await lastOperation(context)
  return { update: update!, operation }
}

async function lastOperation({ storage, workdir }: Context): Promise<string | undefined> {
  for await (const { id } of iterOperations(storage, workdir.id)) return id
  return undefined
}
