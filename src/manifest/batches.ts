import type { Batched } from './types.js'

const BATCH = 1024

/** Turns a source of [path, ...] tuples, single or in arrays, sync or async, into arrays of them. */
export async function* batches<T extends readonly [string, ...unknown[]]>(
  source: Batched<T>,
): AsyncGenerator<readonly T[]> {
  if (Symbol.asyncIterator in source) yield* gather(source)
  else for (const batch of gatherSync(source)) yield batch
}

async function* gather<T extends readonly [string, ...unknown[]]>(
  source: AsyncIterable<T | readonly T[]>,
): AsyncGenerator<readonly T[]> {
  let singles: T[] = []
  for await (const item of source) {
    if (isSingle(item)) singles.push(item)
    else {
      if (singles.length > 0) yield singles
      singles = []
      yield item
    }
    if (singles.length < BATCH) continue
    yield singles
    singles = []
  }
  if (singles.length > 0) yield singles
}

function* gatherSync<T extends readonly [string, ...unknown[]]>(
  source: Iterable<T | readonly T[]>,
): Generator<readonly T[]> {
  let singles: T[] = []
  for (const item of source) {
    if (isSingle(item)) singles.push(item)
    else {
      if (singles.length > 0) yield singles
      singles = []
      yield item
    }
    if (singles.length < BATCH) continue
    yield singles
    singles = []
  }
  if (singles.length > 0) yield singles
}

function isSingle<T extends readonly [string, ...unknown[]]>(item: T | readonly T[]): item is T {
  return typeof item[0] === 'string'
}
