/** Waits for all of them, also when one fails: nothing goes on behind the caller's back. Throws the first failure. */
export async function allDone(works: readonly Promise<unknown>[]): Promise<void> {
  for (const settled of await Promise.allSettled(works))
    if (settled.status === 'rejected') throw settled.reason
}
