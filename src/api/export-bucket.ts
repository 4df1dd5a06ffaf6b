// An export into a bucket: parts under names that tell their contents, so that what was interrupted goes on, then the record,
// which only one process can put.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { isDvError, unusedHex } from '../base/index.js'
import { PART_NAME } from '../query/index.js'
import { openServer, type Storage, type StorageSettings, type StoreLocation } from '../storage/index.js'
import { discardStaging, type ExportPlace, type PartName, RECORD } from './export-place.js'
import type { Surroundings } from './types.js'

interface BucketOptions {
  /** Of this commit's export, below the location. */
  partition: string
  settings: StorageSettings
  env: Surroundings['env']
}

/** 'store': there is one of dv at the location. */
export async function exportToBucket(
  location: Extract<StoreLocation, { kind: 's3' }>,
  { partition, ...options }: BucketOptions,
): Promise<ExportPlace | 'store'> {
  const base = await openServer(location, options)
  try {
    if ((await base.size('dv.json')) !== undefined) return 'store'
  } finally {
    base.close()
  }
  const prefix = location.prefix === '' ? partition : `${location.prefix}/${partition}`
  return placeIn(await openServer({ ...location, prefix }, options))
}

function placeIn(storage: Storage): ExportPlace {
  const staging = path.join(os.tmpdir(), `dv-export-${unusedHex()}`)
  let there: ReadonlyMap<string, number> = new Map()
  return {
    location: storage.properties.location,
    record: () => read(storage),
    async present(parts) {
      await removeOthers(storage, parts)
      return listParts(storage)
    },
    async begin() {
      there = await listParts(storage)
      fs.mkdirSync(staging, { recursive: true })
      return staging
    },
    async add({ name, bytes }) {
      const file = path.join(staging, name)
      if (there.get(name) === bytes) fs.rmSync(file)
      else await storage.putFile(name, file)
    },
    async finish(record) {
      await storage.put(RECORD, record)
      return (await read(storage))!
    },
    close() {
      storage.close()
      discardStaging(staging)
    },
  }
}

async function read(storage: Storage): Promise<Uint8Array | undefined> {
  try {
    return await storage.get(RECORD)
  } catch (error) {
    if (isDvError(error, 'DV_NOT_FOUND')) return undefined
    throw error
  }
}

async function listParts(storage: Storage): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for await (const { name, size } of storage.list('part-')) if (PART_NAME.test(name)) found.set(name, size)
  return found
}

/** What exports left that were interrupted, or slower, and cut otherwise: engines would read these rows twice. Only what the
 * record does not name goes, once there is one: before, each of several exports may be the one that wins. */
async function removeOthers(storage: Storage, parts: readonly PartName[]): Promise<void> {
  const names = new Set(parts.map(({ name }) => name))
  for (const name of (await listParts(storage)).keys()) if (!names.has(name)) await storage.delete(name)
}
