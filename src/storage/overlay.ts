// A storage to try things out on: reads what another one holds, keeps what is written to itself, and forgets it.
import fs from 'node:fs'
import { DvError } from '../base/index.js'
import type { ByteRange, Storage, Versioned } from './port.js'

/** Looks like `real` and never changes it. `close` drops what was written; `real` stays open. */
export function overlay(real: Storage): Storage {
  const written = new Map<string, string>()
  const values = new Map<string, { bytes: Uint8Array | undefined; version: string }>()
  let versions = 0
  const read = async (name: string): Promise<Versioned | undefined> => {
    const value = values.get(name)
    if (!value) return real.read(name)
    return value.bytes && { bytes: value.bytes, version: value.version }
  }
  return {
    properties: { location: real.properties.location, readOnly: false },
    get: async (name, range) => {
      const file = written.get(name)
      return file === undefined ? real.get(name, range) : readPart(file, range)
    },
    getFile: async (name, path) => {
      const file = written.get(name)
      if (file === undefined) await real.getFile(name, path)
      else fs.copyFileSync(file, path, fs.constants.COPYFILE_EXCL)
    },
    size: async (name) => {
      const file = written.get(name)
      return file === undefined ? real.size(name) : fs.statSync(file).size
    },
    async put(name, bytes) {
      const file = real.temporaryPath()
      fs.writeFileSync(file, bytes, { flag: 'wx' })
      written.set(name, file)
    },
    async putFile(name, path) {
      written.set(name, path)
    },
    list: (prefix) => real.list(prefix),
    async delete(name) {
      const file = written.get(name)
      if (file === undefined) return
      written.delete(name)
      fs.rmSync(file, { force: true })
    },
    read,
    async compareAndSwap(name, expected, bytes) {
      if ((await read(name))?.version !== expected) return undefined
      const version = `rehearsal-${++versions}`
      values.set(name, { bytes, version })
      return version
    },
    listMutable: (prefix, options) => real.listMutable(prefix, options),
    temporaryPath: () => real.temporaryPath(),
    close() {
      for (const file of written.values()) fs.rmSync(file, { force: true })
      written.clear()
    },
  }
}

function readPart(file: string, range: ByteRange | undefined): Uint8Array {
  const { offset, length } = range ?? { offset: 0, length: fs.statSync(file).size }
  const bytes = Buffer.alloc(length)
  const fd = fs.openSync(file, 'r')
  try {
    if (fs.readSync(fd, bytes, 0, length, offset) === length) return bytes
  } finally {
    fs.closeSync(fd)
  }
  throw new DvError('DV_CORRUPT', `The file '${file}' is shorter than ${offset + length} bytes`)
}
