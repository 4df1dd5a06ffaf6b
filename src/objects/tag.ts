// Format: spec/04-objects.md, "Tag": an annotated tag. A plain tag is only a ref.
import { Reader, Writer } from '../codec/index.js'
import { type CommitId, ID_BYTES } from '../hash/index.js'
import { MESSAGE_BYTES_MAX, readSignature, type Signature, writeSignature, writeText } from './commit.js'
import { NAME_BYTES_MAX } from './metadata.js'

const VERSION = 1

export interface Tag {
  commit: CommitId
  name: string
  tagger: Signature
  message: string
}

export function encodeTag(tag: Tag): Buffer {
  const writer = new Writer().u8(VERSION).raw(tag.commit)
  writeText(writer, tag.name, NAME_BYTES_MAX)
  writeSignature(writer, tag.tagger)
  writeText(writer, tag.message, MESSAGE_BYTES_MAX)
  return writer.done()
}

export function decodeTag(bytes: Uint8Array): Tag {
  const reader = new Reader(bytes, 'tag')
  if (reader.u8() !== VERSION) reader.fail('an unknown version')
  const commit = reader.raw(ID_BYTES) as CommitId
  const name = reader.string(NAME_BYTES_MAX)
  const tagger = readSignature(reader)
  const message = reader.string(MESSAGE_BYTES_MAX)
  reader.end()
  return { commit, name, tagger, message }
}
