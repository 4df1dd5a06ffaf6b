// Stores below a folder or a prefix of a bucket, found without looking into any of them.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError } from '../base/index.js'
import type { StoreLocation } from './location.js'
import type { OpenStorageOptions } from './open.js'

/** What every store has at its top: spec/09-layout.md */
const MARKER = 'dv.json'
/** Folders below the location that are looked into. */
const DEPTH = 6

/** Their addresses, in the order of their names. Throws DV_UNSUPPORTED where nothing can be listed. */
export async function* findStores(
  location: StoreLocation,
  { settings = {}, env = {} }: OpenStorageOptions = {},
): AsyncGenerator<string> {
  if (location.kind === 'directory') return yield* foldersBelow(path.resolve(location.path), DEPTH)
  if (location.kind === 'web') {
    throw new DvError(
      'DV_UNSUPPORTED',
      `A web server does not tell which stores are below '${location.url}'`,
      {
        data: { url: location.url },
        hint: "'dv log URL' reads one store whose address is known",
      },
    )
  }
  const { findPrefixes } = await import('./s3/find-stores.js')
  const search = { marker: MARKER, depth: DEPTH }
  for await (const { bucket, prefix } of findPrefixes(location, search, { settings, env }))
    yield prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`
}

/** A working directory's store is found in its `.dv`. Links are not followed. */
function* foldersBelow(folder: string, depth: number): Generator<string> {
  const entries = entriesOf(folder, depth === DEPTH)
  if (entries.some((entry) => entry.isFile() && entry.name === MARKER)) return yield folder
  if (depth === 0) return
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1)))
    if (entry.isDirectory()) yield* foldersBelow(path.join(folder, entry.name), depth - 1)
}

/** A folder that may not be read is passed over, but not the one that was named. */
function entriesOf(folder: string, isNamed: boolean): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isNamed) throw fromSystemError(error, 'list', folder)
    return []
  }
}
