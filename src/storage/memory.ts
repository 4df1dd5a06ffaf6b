import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DvError, fromSystemError, randomHex } from '../base/index.js'
import { checkName, checkPrefix } from './names.js'
import type { ByteRange, Storage, StoredName } from './port.js'
import { beyondEnd, isInside, notFound } from './ranges.js'

/** A storage that lives as long as the process: for tests, and for stores nobody keeps. */
export function memoryStorage(location = 'memory:'): Storage {
  const objects = new Map<string, Uint8Array>()
  return {
    properties: { location, readOnly: false },
    ...immutable(objects, location),
    ...mutable(),
    temporaryPath,
    close() {},
  }
}

function immutable(objects: Map<string, Uint8Array>, location: string) {
  function store(name: string, bytes: Uint8Array): void {
    if (!objects.has(name)) objects.set(name, bytes)
  }
  return {
    async get(name: string, range?: ByteRange): Promise<Uint8Array> {
      const bytes = objects.get(checkName(name))
      if (bytes === undefined) throw notFound(name, location)
      if (range === undefined) return Buffer.from(bytes)
      if (!isInside(range, bytes.length)) throw beyondEnd(name, range, bytes.length)
      return Buffer.from(bytes.subarray(range.offset, range.offset + range.length))
    },
    async getFile(name: string, file: string): Promise<void> {
      const bytes = objects.get(checkName(name))
      if (bytes === undefined) throw notFound(name, location)
      try {
        fs.writeFileSync(file, bytes, { flag: 'wx' })
      } catch (error) {
        throw fromSystemError(error, 'write', file)
      }
    },
    async size(name: string): Promise<number | undefined> {
      return objects.get(checkName(name))?.length
    },
    async put(name: string, bytes: Uint8Array): Promise<void> {
      store(checkName(name), Buffer.from(bytes))
    },
    async putFile(name: string, file: string): Promise<void> {
      checkName(name)
      try {
        store(name, fs.readFileSync(file))
        fs.rmSync(file)
      } catch (error) {
        throw fromSystemError(error, 'read', file)
      }
    },
    async *list(prefix: string): AsyncIterable<StoredName> {
      checkPrefix(prefix)
      for (const [name, bytes] of [...objects])
        if (name.startsWith(prefix)) yield { name, size: bytes.length }
    },
    async delete(name: string): Promise<void> {
      objects.delete(checkName(name))
    },
  }
}

function mutable() {
  const values = new Map<string, { bytes: Uint8Array; version: string }>()
  let clock = 0
  return {
    async read(name: string) {
      const value = values.get(checkName(name))
      return value && { bytes: Buffer.from(value.bytes), version: value.version }
    },
    async compareAndSwap(name: string, expected: string | undefined, bytes: Uint8Array | undefined) {
      if (values.get(checkName(name))?.version !== expected) return undefined
      const version = `m${++clock}`
      if (bytes === undefined) values.delete(name)
      else values.set(name, { bytes: Buffer.from(bytes), version })
      return version
    },
    async listMutable(prefix: string): Promise<string[]> {
      checkPrefix(prefix)
      return [...values.keys()].filter((name) => name.startsWith(prefix)).sort()
    },
  }
}

/** A path for a new file in the system's temporary folder. */
export function temporaryPath(): string {
  const folder = os.tmpdir()
  if (!fs.existsSync(folder)) throw new DvError('DV_IO', `The temporary folder '${folder}' does not exist`)
  return path.join(folder, `dv-${randomHex(16)}`)
}
