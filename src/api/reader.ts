// What can be read of stores, here and elsewhere: one line a verb, each loading only what it needs.
import { closeStores, type Stores } from './stores.js'
import type { Reader } from './types.js'

export function readerOf(stores: Stores): Reader {
  return {
    prefix: stores.context?.prefix ?? '',
    close: () => closeStores(stores),

    log: (options) => later(async () => (await import('./log.js')).log(stores, options)),
    show: (options) => later(async () => (await import('./show.js')).show(stores, options)),
    diff: (options) => later(async () => (await import('./diff.js')).diff(stores, options)),
    ls: (options) => later(async () => (await import('./listing.js')).ls(stores, options)),
    cat: async (options) => (await import('./listing.js')).cat(stores, options),
    du: async (options) => (await import('./usage.js')).du(stores, options),
    exportMetadata: (options) =>
      later(async () => (await import('./meta-export.js')).exportMetadata(stores, options)),
    getMetadata: (options) => later(async () => (await import('./meta-get.js')).getMetadata(stores, options)),
    get: async (options) => (await import('./get.js')).get(stores, options),
    diffTableBytes: (options) =>
      later(async () => (await import('./diff-table.js')).diffTableBytes(stores, options)),
    diffTableToFile: async (options) => (await import('./diff-table.js')).diffTableToFile(stores, options),
    query: async (options) => (await import('./query.js')).query(stores, options),
    queryRecords: (options) => later(async () => (await import('./query.js')).queryRecords(stores, options)),
    queryBytes: (options) => later(async () => (await import('./query.js')).queryBytes(stores, options)),
    queryToFile: async (options) => (await import('./query.js')).queryToFile(stores, options),
    exportManifest: async (options) => (await import('./export-manifest.js')).exportManifest(stores, options),
    profile: (options) => later(async () => (await import('./profile.js')).profile(stores, options)),
    search: async (options) => (await import('./search.js')).search(stores, options),
    check: (options) => later(async () => (await import('./check.js')).check(stores, options)),
    isRevision: (text) => stores.isRevision(text),
  }
}

/** A stream whose source is loaded when its first item is asked for. */
export async function* later<T>(load: () => Promise<AsyncIterable<T>>): AsyncGenerator<T> {
  yield* await load()
}
