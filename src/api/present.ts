// From what the rooms below know to what users read: ids as hex, metadata as JSON.
import { diffMetadata } from '../diff/index.js'
import { type CommitId, toHex } from '../hash/index.js'
import { INPUTS_KEY, inputsIn } from '../history/index.js'
import {
  type Commit,
  type Metadata,
  type MetadataScalar,
  type MetadataValue,
  type Signature,
  valueToJson,
} from '../objects/index.js'
import type { CommitInfo, MetaChange, MetaScalar, MetaValue, Person, RefLabel } from './results.js'

/** Digits of an id that users see. Unambiguous in stores of up to some hundred thousand commits. */
export const SHORT_DIGITS = 10

export function short(id: Uint8Array): string {
  return toHex(id).slice(0, SHORT_DIGITS)
}

export function subjectOf(message: string): string {
  return message.split('\n', 1)[0]!
}

export function commitInfo(id: CommitId, commit: Commit, refs: readonly RefLabel[] = []): CommitInfo {
  const inputs = inputsIn(commit.metadata)
  const metadata = new Map(commit.metadata)
  if (inputs.length > 0) metadata.delete(INPUTS_KEY)
  return {
    id: toHex(id),
    short: short(id),
    parents: commit.parents.map(toHex),
    author: person(commit.author),
    committer: person(commit.committer),
    message: commit.message,
    metadata: metadataInfo(metadata),
    ...(inputs.length > 0 && { inputs }),
    refs: [...refs],
  }
}

export function person({ name, email, time, zone }: Signature): Person {
  return { name, email, time, zone }
}

export function metadataInfo(metadata: Metadata): Record<string, MetaValue> {
  return Object.fromEntries([...metadata].map(([name, value]) => [name, fromValue(value)]))
}

function fromValue(value: MetadataValue): MetaValue {
  return value.type === 'list' ? value.value.map(fromScalar) : fromScalar(value)
}

function fromScalar(scalar: MetadataScalar): MetaScalar {
  if (scalar.type === 'date') return new Date(scalar.value).toISOString()
  if (scalar.type !== 'int64') return scalar.value
  const number = Number(scalar.value)
  return Number.isSafeInteger(number) ? number : scalar.value.toString()
}

/** What differs, key by key. */
export function metadataChanges(before: Metadata, after: Metadata): MetaChange[] {
  return diffMetadata(before, after).map(({ key, before, after }) => ({
    key,
    ...(before && { before: valueToJson(before) }),
    ...(after && { after: valueToJson(after) }),
  }))
}

/** An integral number becomes an int64, another a float64. */
export function toMetadata(values: Readonly<Record<string, MetaValue>>): Metadata {
  return new Map(Object.entries(values).map(([name, value]) => [name, toValue(value)]))
}

function toValue(value: MetaValue): MetadataValue {
  return Array.isArray(value) ? { type: 'list', value: value.map(toScalar) } : toScalar(value as MetaScalar)
}

function toScalar(value: MetaScalar): MetadataScalar {
  if (typeof value === 'boolean') return { type: 'boolean', value }
  if (typeof value === 'string') return { type: 'string', value }
  return Number.isSafeInteger(value) ? { type: 'int64', value: BigInt(value) } : { type: 'float64', value }
}
