// A storage that counts what is asked of the one below it, as a server would.
import { decodeBlockHeader } from '../../src/pack/index.js'
import { forward, type Storage } from '../../src/storage/index.js'

export interface Read {
  name: string
  offset: number
  length: number
  /** Blocks of chunks, blocks of nodes, or anything else: the index, a record. */
  kind: 'chunks' | 'nodes' | 'other'
}

export interface CountingStorage {
  storage: Storage
  /** Ranges of immutable objects, in the order they were asked for. */
  reads: Read[]
  /** All requests, mutable names and listings too: 'get packs/…', 'read index/root'. */
  requests: string[]
  /** Bytes of one kind, or of all. */
  bytes(kind?: Read['kind']): number
}

export function countingStorage(below: Storage): CountingStorage {
  const reads: Read[] = []
  const requests: string[] = []
  const storage: Storage = {
    ...forward(below),
    async get(name, range) {
      requests.push(`get ${name}`)
      const bytes = await below.get(name, range)
      reads.push({ name, offset: range?.offset ?? 0, length: bytes.length, kind: kindOf(bytes) })
      return bytes
    },
    read(name) {
      requests.push(`read ${name}`)
      return below.read(name)
    },
    size(name) {
      requests.push(`size ${name}`)
      return below.size(name)
    },
    list(prefix) {
      requests.push(`list ${prefix}`)
      return below.list(prefix)
    },
    listMutable(prefix, options) {
      requests.push(`list ${prefix}`)
      return below.listMutable(prefix, options)
    },
  }
  const bytes = (kind?: Read['kind']) =>
    reads.reduce((sum, read) => sum + (kind === undefined || read.kind === kind ? read.length : 0), 0)
  return { storage, reads, requests, bytes }
}

function kindOf(bytes: Uint8Array): Read['kind'] {
  try {
    return decodeBlockHeader(bytes).items[0]!.kind === 'chunk' ? 'chunks' : 'nodes'
  } catch {
    return 'other'
  }
}
