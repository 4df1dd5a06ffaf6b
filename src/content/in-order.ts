/** Runs `start` over items with at most `window` results outstanding, and yields results in the order of the items.
 * The source is read no further ahead than that. After a failure nothing new is started. */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  window: number,
  start: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const outstanding: Promise<R>[] = []
  try {
    for await (const item of items) {
      const result = start(item)
      // A failure is thrown where the result is waited for, not where it happens.
      result.catch(() => {})
      outstanding.push(result)
      if (outstanding.length >= window) yield await outstanding.shift()!
    }
    while (outstanding.length > 0) yield await outstanding.shift()!
  } finally {
    await Promise.allSettled(outstanding)
  }
}
