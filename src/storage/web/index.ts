// A store that a web server shows as static files: read-only, without listing. What is mutable is given as it lies
// there: `versioned` reads the version files. Rules: spec/13-transfer.md, "Web servers"
import { DvError } from '../../base/index.js'
import { checkName } from '../names.js'
import type { ByteRange, Storage } from '../port.js'
import { beyondEnd, isInside, notFound } from '../ranges.js'
import { temporaryPath } from '../memory.js'
import { badAnswer } from './answers.js'
import { readAll, readRange, totalOf, writeFile } from './bodies.js'
import { type Ask, WebClient } from './client.js'
import { discard } from './connections.js'

export interface WebOptions {
  env?: Readonly<Record<string, string | undefined>>
  /** How long no byte may move, in milliseconds. */
  stallMs?: number
}

const STALL_MS = 30_000

/** Nothing is asked before the first object is. */
export function openWebStorage(address: string, { env = {}, stallMs = STALL_MS }: WebOptions = {}): Storage {
  const client = new WebClient(address, { env, stallMs })
  const { location } = client
  return {
    properties: { location, readOnly: true, withoutListing: true },
    ...immutable(client),
    async read(name) {
      const found = await client.ask(checkName(name), { headers: { 'cache-control': 'no-cache' } })
      if (found === undefined) return undefined
      return { bytes: await readAll(client, found), version: found.answer.headers.etag ?? '' }
    },
    ...refusals(location),
    temporaryPath,
    close: () => client.close(),
  }
}

function immutable(client: WebClient): Pick<Storage, 'get' | 'getFile' | 'size'> {
  const { location } = client
  const size = (name: string) => askSize(client, name)
  return {
    size,
    async get(name, range) {
      checkName(name)
      if (range && !(range.length > 0 && isInside(range, Infinity))) {
        const bytes = await size(name)
        if (bytes === undefined) throw notFound(name, location)
        if (isInside(range, bytes)) return Buffer.alloc(0)
        throw beyondEnd(name, range, bytes)
      }
      const found = await client.ask(name, range && partly(range))
      if (found === undefined) throw notFound(name, location)
      return range ? await readRange(client, found, range) : await readAll(client, found)
    },
    async getFile(name, path) {
      const found = await client.ask(checkName(name))
      if (found === undefined) throw notFound(name, location)
      await writeFile(client, found, path)
    },
  }
}

/** A range that is not there is an answer, and so is all of the object. */
function partly({ offset, length }: ByteRange): Ask {
  return { headers: { range: `bytes=${offset}-${offset + length - 1}` }, accepted: [200, 206, 416] }
}

/** By HEAD; where the server knows no HEAD or does not tell the length so, from the first byte. */
async function askSize(client: WebClient, name: string): Promise<number | undefined> {
  const head = await client.ask(checkName(name), { method: 'HEAD', accepted: [200, 405, 501] })
  if (head === undefined) return undefined
  head.answer.resume()
  const told = totalOf(head.answer)
  if (told !== undefined) return told
  const found = await client.ask(name, partly({ offset: 0, length: 1 }))
  if (found === undefined) return undefined
  discard(found.answer)
  const total = totalOf(found.answer)
  if (total === undefined) throw badAnswer(found.asked, 'no length')
  return total
}

function refusals(location: string) {
  const refuse = (name: string): Promise<never> => {
    checkName(name)
    return Promise.reject(readOnlyServer(location))
  }
  return {
    put: async (name: string) => await refuse(name),
    putFile: async (name: string) => await refuse(name),
    delete: async (name: string) => await refuse(name),
    compareAndSwap: async (name: string) => await refuse(name),
    async *list(): AsyncGenerator<never> {
      throw unlisted(location)
    },
    listMutable: () => Promise.reject(unlisted(location)),
  }
}

/** A web server shows files, it takes none. */
export function readOnlyServer(location: string): DvError {
  return new DvError('DV_READ_ONLY', `'${location}' is a web server, which can only be read from`, {
    data: { location },
    hint: 'push to the folder or the bucket that it shows',
  })
}

function unlisted(location: string): DvError {
  return new DvError('DV_UNSUPPORTED', `The web server '${location}' cannot list what a store holds`, {
    data: { location },
    hint: 'do this where the store lies: in its folder or its bucket',
  })
}
