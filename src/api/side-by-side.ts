// Lists of paths in manifest order, walked together.
import { comparePaths } from '../base/index.js'

type Item<T> = readonly [path: string, value: T]
type Batches<T> = AsyncIterable<readonly Item<T>[]>

/** Of each path, what each list has there. Holds a batch of each. */
export async function* sideBySide<T>(
  lists: readonly Batches<T>[],
): AsyncGenerator<[path: string, values: (T | undefined)[]]> {
  const walks = lists.map(eachItem)
  try {
    const heads = await Promise.all(walks.map(next))
    for (;;) {
      const first = heads.flatMap((head) => (head ? [head[0]] : [])).sort(comparePaths)[0]
      if (first === undefined) return
      const isHere = heads.map((head) => head?.[0] === first)
      yield [first, heads.map((head, i) => (isHere[i] ? head![1] : undefined))]
      for (const [i, walk] of walks.entries()) if (isHere[i]) heads[i] = await next(walk)
    }
  } finally {
    for (const walk of walks) await walk.return(undefined)
  }
}

async function* eachItem<T>(batches: Batches<T>): AsyncGenerator<Item<T>> {
  for await (const batch of batches) yield* batch
}

async function next<T>(walk: AsyncGenerator<Item<T>>): Promise<Item<T> | undefined> {
  const { value, done } = await walk.next()
  return done ? undefined : value
}
