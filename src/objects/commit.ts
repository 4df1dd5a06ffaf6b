// Format: spec/04-objects.md, "Commit".
import { DvError, sameBytes, utf8 } from '../base/index.js'
import { Reader, Writer } from '../codec/index.js'
import { type CommitId, hashObject, ID_BYTES, type ManifestId } from '../hash/index.js'
import {
  type Metadata,
  NAME_BYTES_MAX,
  readMetadata,
  readTime,
  wholeTime,
  writeMetadata,
} from './metadata.js'

const VERSION = 1
export const MESSAGE_BYTES_MAX = 64 * 1024
export const PARENTS_MAX = 64
/** Minutes east or west of UTC. */
const ZONE_MAX = 24 * 60

/** Who and when: milliseconds since 1970 UTC, and the zone's offset east of UTC in minutes. */
export interface Signature {
  name: string
  email: string
  time: number
  zone: number
}

export interface Commit {
  manifest: ManifestId
  parents: readonly CommitId[]
  author: Signature
  committer: Signature
  message: string
  metadata: Metadata
}

/** The bytes of a commit. Throws DV_USAGE for what no reader would take. */
export function encodeCommit(commit: Commit): Buffer {
  if (commit.parents.length > PARENTS_MAX) throw refused(`it has ${commit.parents.length} parents`)
  const writer = new Writer(256)
  writer.u8(VERSION).raw(commit.manifest).varint(commit.parents.length)
  for (const parent of commit.parents) writer.raw(parent)
  writeSignature(writer, commit.author)
  writeSignature(writer, commit.committer)
  writeText(writer, commit.message, MESSAGE_BYTES_MAX)
  writeMetadata(writer, commit.metadata)
  return writer.done()
}

export function decodeCommit(bytes: Uint8Array): Commit {
  const reader = new Reader(bytes, 'commit')
  if (reader.u8() !== VERSION) reader.fail('an unknown version')
  const manifest = reader.raw(ID_BYTES) as ManifestId
  const parents = Array.from(
    { length: reader.count(PARENTS_MAX, ID_BYTES) },
    () => reader.raw(ID_BYTES) as CommitId,
  )
  const author = readSignature(reader)
  const committer = readSignature(reader)
  const message = reader.string(MESSAGE_BYTES_MAX)
  const metadata = readMetadata(reader)
  reader.end()
  const commit = { manifest, parents, author, committer, message, metadata }
  if (!sameBytes(encodeCommit(commit), bytes)) reader.fail('it is not canonical')
  return commit
}

export function commitId(bytes: Uint8Array): CommitId {
  return hashObject('commit', bytes)
}

export function writeSignature(writer: Writer, { name, email, time, zone }: Signature): void {
  writeText(writer, name, NAME_BYTES_MAX)
  writeText(writer, email, NAME_BYTES_MAX)
  if (!Number.isInteger(zone) || Math.abs(zone) > ZONE_MAX) throw refused(`${zone} is not a time zone`)
  writer.int64(wholeTime(time)).int64(BigInt(zone))
}

export function readSignature(reader: Reader): Signature {
  const name = reader.string(NAME_BYTES_MAX)
  const email = reader.string(NAME_BYTES_MAX)
  const time = readTime(reader)
  const zone = Number(reader.int64())
  if (Math.abs(zone) > ZONE_MAX) reader.fail('a time zone out of range')
  return { name, email, time, zone }
}

/** Writes text of at most `max` bytes. Throws DV_USAGE when it is longer. */
export function writeText(writer: Writer, text: string, max: number): void {
  const bytes = utf8(text)
  if (bytes.length > max) throw refused(`a text of ${bytes.length} bytes, where at most ${max} are allowed`)
  writer.bytes(bytes)
}

function refused(reason: string): DvError {
  return new DvError('DV_USAGE', `The commit or tag cannot be recorded: ${reason}`)
}
