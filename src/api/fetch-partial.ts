// Fetching into a store that is not whole, and is to stay so: without data, or without the beginning of history.
import { type CommitId, parseId, toHex } from '../hash/index.js'
import { changePromises, readPromises, withPromised } from '../store/index.js'
import type { ShallowTarget, TransferRequest } from '../transfer/index.js'
import type { Context } from './context.js'
import { type FetchOneOptions, receive } from './fetch.js'
import type { Remote } from './remote-store.js'
import type { TransferSums } from './results.js'

/** What a transfer from this remote leaves out, as the promises say and the options ask. */
export async function partialFetch(
  context: Context,
  remote: Remote,
  { depth }: FetchOneOptions,
): Promise<Pick<TransferRequest, 'lazy' | 'shallow'>> {
  const promises = await readPromises(context.storage)
  const isShallow = depth !== undefined || [...promises.values()].some(({ commits }) => commits.size > 0)
  return {
    lazy: promises.get(remote.name)?.lazy ?? false,
    ...(isShallow && { shallow: shallowTarget(context, remote.name, depth) }),
  }
}

function shallowTarget({ storage }: Context, remote: string, depth: number | undefined): ShallowTarget {
  return {
    ...(depth !== undefined && { depth }),
    async promise(absent) {
      const ids = absent.map(toHex)
      await changePromises(storage, (now) =>
        withPromised(now, remote, (old) => ({ ...old, commits: new Set([...old.commits, ...ids]) })),
      )
    },
  }
}

/** Brings commits that were promised, as many as are asked for of each line. */
export async function deepen(
  context: Context,
  remote: Remote,
  { options, received }: { options: FetchOneOptions; received: TransferSums },
): Promise<void> {
  const { deepen: depth, ...rest } = options
  const promised = (await readPromises(context.storage)).get(remote.name)
  if (depth === undefined || !promised || promised.commits.size === 0) return
  const commits = [...promised.commits].map((hex): CommitId => parseId<'commit'>(hex))
  await receive(context, remote, { commits, tags: [] }, { options: { ...rest, depth }, received })
  const here = new Set<string>()
  for (const id of commits) if (await context.store.has(id)) here.add(toHex(id))
  await changePromises(context.storage, (now) =>
    withPromised(now, remote.name, (old) => ({
      ...old,
      commits: new Set([...old.commits].filter((hex) => !here.has(hex))),
    })),
  )
}
