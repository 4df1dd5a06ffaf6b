// Format: spec/04-objects.md, "Commit".
import { Reader, Writer } from '../codec/index.js'
import { type CommitId, hashObject, ID_BYTES, type ManifestId } from '../hash/index.js'
import { type Metadata, readMetadata, writeMetadata } from './metadata.js'

const VERSION = 1
export const MESSAGE_BYTES_MAX = 64 * 1024
export const PARENTS_MAX = 64

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

export function encodeCommit(commit: Commit): Buffer {
  const writer = new Writer(256)
  writer.u8(VERSION).raw(commit.manifest).varint(commit.parents.length)
  for (const parent of commit.parents) writer.raw(parent)
  writeSignature(writer, commit.author)
  writeSignature(writer, commit.committer)
  writer.string(commit.message)
  writeMetadata(writer, commit.metadata)
  return writer.done()
}

export function decodeCommit(bytes: Uint8Array): Commit {
  const reader = new Reader(bytes, 'commit')
  if (reader.u8() !== VERSION) reader.fail('an unknown version')
  const manifest = reader.raw(ID_BYTES) as ManifestId
  const parents = Array.from({ length: reader.count(PARENTS_MAX, ID_BYTES) }, () => reader.raw(ID_BYTES) as CommitId)
  const author = readSignature(reader)
  const committer = readSignature(reader)
  const message = reader.string(MESSAGE_BYTES_MAX)
  const metadata = readMetadata(reader)
  reader.end()
  return { manifest, parents, author, committer, message, metadata }
}

export function commitId(bytes: Uint8Array): CommitId {
  return hashObject('commit', bytes)
}

export function writeSignature(writer: Writer, signature: Signature): void {
  writer.string(signature.name).string(signature.email).int64(BigInt(signature.time)).int64(BigInt(signature.zone))
}

export function readSignature(reader: Reader): Signature {
  const name = reader.string(1024)
  const email = reader.string(1024)
  const time = Number(reader.int64())
  const zone = Number(reader.int64())
  return { name, email, time, zone }
}
