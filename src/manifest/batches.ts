import type { Batched } from './types.js'

const BATCH = 1024

/** Turns a source of [path, ...] tuples, single or in arrays, sync or async, into arrays of them. */
export async function* batches<T extends readonly [string, ...unknown[]]>(
  source: Batched<T>,
): AsyncGenerator<readonly T[]> {
  if (!(Symbol.asyncIterator in source)) yield* gather(source)
  else for await (const item of source) yield isSingle(item) ? [item] : item
}

function* gather<T extends readonly [string, ...unknown[]]>(
  source: Iterable<T | readonly T[]>,
): Generator<readonly T[]> {
  let singles: T[] = []
  for (const item of source) {
    const single = isSingle(item)
    if (single) singles.push(item)
    if (singles.length >= (single ? BATCH : 1)) {
      yield singles
      singles = []
    }
    if (!single) yield item
  }
  if (singles.length > 0) yield singles
}

function isSingle<T extends readonly [string, ...unknown[]]>(item: T | readonly T[]): item is T {
  return typeof item[0] === 'string'
}
