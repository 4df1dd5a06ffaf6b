// A file that comes from afar: it grows under a name beside its place and gets its own name when it is whole.
import fs from 'node:fs'
import { corrupt, fromSystemError, utf8 } from '../base/index.js'
import { placeFile, placeNewFile, temporaryName } from '../files/index.js'
import { blake3, type ContentId, hashChunk, sameId, shortHex } from '../hash/index.js'
import type { FileEntry } from '../objects/index.js'
import { iterChunks } from '../recipe/index.js'
import type { ObjectReader } from '../store/index.js'

/** Of larger files, what has arrived is kept when the work ends early, and the next one goes on behind it. */
const KEPT_BYTES_MIN = 8 * 1024 * 1024
const READ_BYTES = 1024 * 1024
/** Never through a symbolic link that someone put there. */
const NO_LINK = fs.constants.O_NOFOLLOW ?? 0
const FLAGS = fs.constants.O_RDWR | fs.constants.O_CREAT | NO_LINK

/** Where the file is while it is not whole: beside its place, or in a folder for such. */
export function partName(target: string, { size, content }: FileEntry, folder?: string): string {
  const own = folder === undefined ? target : `${folder}/${shortHex(hashChunk(utf8(target)))}`
  return size < KEPT_BYTES_MIN ? temporaryName(own) : `${own}.${shortHex(content)}.part`
}

/** How many bytes of an earlier attempt are good: whole chunks, each held against its id. */
export async function verifiedBytes(reader: ObjectReader, part: string, entry: FileEntry): Promise<number> {
  const size = fs.lstatSync(part, { throwIfNoEntry: false })?.size
  if (size === undefined) return 0
  const fd = fs.openSync(part, fs.constants.O_RDONLY | NO_LINK)
  try {
    for await (const batch of iterChunks(reader, entry)) {
      for (const { id, length, offset } of batch) {
        if (offset + length > size) return offset
        const bytes = Buffer.allocUnsafe(length)
        fs.readSync(fd, bytes, 0, length, offset)
        if (!sameId(hashChunk(bytes), id)) return offset
      }
    }
    return entry.size
  } finally {
    fs.closeSync(fd)
  }
}

export interface Arrival {
  target: string
  part: string
  entry: FileEntry
  /** Bytes that are in the part already. */
  from: number
  /** Takes the place of what stands there. */
  force: boolean
  /** Called right before it is put in its place; it may throw. */
  check?: () => void
}

/** Writes what `next` gives behind what is there, then puts the file in its place. Throws DV_WOULD_OVERWRITE when
 * something has come to stand there. */
export async function receiveFile(arrival: Arrival, next: () => Promise<Uint8Array>): Promise<void> {
  const { target, part, entry, from, force, check } = arrival
  try {
    const fd = fs.openSync(part, FLAGS, entry.kind === 'executable' ? 0o777 : 0o666)
    try {
      fs.ftruncateSync(fd, from)
      for (let at = from; at < entry.size;) {
        const bytes = await next()
        if (at + bytes.length > entry.size)
          throw corrupt('A recipe states another length than its chunks have')
        fs.writeSync(fd, bytes, 0, bytes.length, at)
        at += bytes.length
      }
    } finally {
      fs.closeSync(fd)
    }
    check?.()
    if (force) placeFile(part, target)
    else placeNewFile(part, target)
  } catch (error) {
    if (entry.size < KEPT_BYTES_MIN) fs.rmSync(part, { force: true })
    throw fromSystemError(error, 'write', target)
  }
}

/** BLAKE3 of a file's bytes. */
export function contentOf(file: string): ContentId {
  const fd = fs.openSync(file, fs.constants.O_RDONLY | NO_LINK)
  try {
    const { size } = fs.fstatSync(fd)
    // Most files are small, and there are many: a hasher each is memory that nobody sees the need to give back.
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, size + 1))
    let count = fs.readSync(fd, buffer, 0, buffer.length, -1)
    if (count === size && count < buffer.length) return blake3.hash(buffer.subarray(0, count)) as ContentId
    const hasher = blake3.hasher()
    for (; count > 0; count = fs.readSync(fd, buffer, 0, buffer.length, -1))
      hasher.update(buffer.subarray(0, count))
    return hasher.digest() as ContentId
  } finally {
    fs.closeSync(fd)
  }
}
