// A repository to try things out on: reads what is there, keeps what is written to itself, and forgets it.
import { overlay } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import type { Context } from './context.js'

/** For what changes the store, not the working directory. */
export async function withRehearsal<T>(context: Context, work: (context: Context) => Promise<T>): Promise<T> {
  const { properties } = context.storage
  const storage = { ...overlay(context.storage), properties }
  try {
    return await work({ ...context, storage, store: new ObjectStore(storage) })
  } finally {
    storage.close()
  }
}
