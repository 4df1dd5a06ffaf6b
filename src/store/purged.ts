// What was purged from a store: contents of files that may not be in it any more, and why. The index root names the
// records, so that they begin to hold in the very change that takes the data out. Format: spec/18-purge.md.
import { corrupt, DvError } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { type ContentId, idKey, parseId, toHex } from '../hash/index.js'
import { TIME_MAX } from '../objects/index.js'
import type { Storage } from '../storage/index.js'

export const PURGED_CONTENTS_MAX = 65_536
const REASON_BYTES_MAX = 4096
const PATHS_MAX = 1000

/** A file's content by its id, and its bytes. */
export interface PurgedContent {
  id: ContentId
  size: number
}

/** One purge, or a part of a large one. */
export interface PurgeRecord {
  /** Milliseconds since 1970 UTC. */
  time: number
  /** 'Ann <ann@example.org>'. */
  by: string
  reason: string
  contents: readonly PurgedContent[]
  /** Where they were found: a help for people. What counts are the contents. */
  paths: readonly string[]
}

/** When, why and by whom a content was purged. */
export type PurgeNote = Pick<PurgeRecord, 'time' | 'by' | 'reason'>

/** Where a record lies in a store. */
export function purgeKey(name: string): string {
  return `purged/${name}`
}

export function encodePurgeRecord({ time, by, reason, contents, paths }: PurgeRecord): Buffer {
  const pairs = contents.map(({ id, size }) => [toHex(id), size] as const)
  pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  return seal({ format: 1, time, by, reason, contents: pairs, paths })
}

export function decodePurgeRecord(bytes: Uint8Array): PurgeRecord {
  const { format, time, by, reason, contents, paths } = unseal(bytes, 'record of a purge')
  const isSound =
    format === 1 && isTime(time) && typeof by === 'string' && isReason(reason) && areTexts(paths)
  if (!isSound || !Array.isArray(contents) || contents.length > PURGED_CONTENTS_MAX)
    throw corrupt('The record of a purge is not one')
  return { time, by, reason, paths, contents: contents.map(contentOf) }
}

function contentOf(value: unknown): PurgedContent {
  const [id, size] = Array.isArray(value) ? (value as unknown[]) : []
  if (typeof id !== 'string' || !isWhole(size))
    throw corrupt('The record of a purge names what is no content')
  return { id: parseId(id), size }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** One that a calendar can show. */
function isTime(value: unknown): value is number {
  return isWhole(value) && value <= TIME_MAX
}

/** Whether a reason may be recorded: it says something, and not too much. */
export function isReason(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && Buffer.byteLength(value) <= REASON_BYTES_MAX
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= PATHS_MAX && value.every((text) => typeof text === 'string')
}

/** As many paths as a record takes. */
export function pathsForRecord(paths: Iterable<string>): string[] {
  return [...new Set(paths)].sort().slice(0, PATHS_MAX)
}

/** The union of all records of a store. */
export class Purged {
  readonly #notes = new Map<string, PurgeNote>()
  readonly #sizes = new Set<number>()

  constructor(records: Iterable<PurgeRecord>) {
    for (const record of records) for (const content of record.contents) this.#add(content, record)
  }

  /** Contents. */
  get count(): number {
    return this.#notes.size
  }

  has(content: ContentId): boolean {
    return this.#notes.size > 0 && this.#notes.has(idKey(content))
  }

  noteOf(content: ContentId): PurgeNote | undefined {
    return this.#notes.get(idKey(content))
  }

  /** Whether any has this size: what has another one need not be hashed to know that it is none. */
  hasSize(size: number): boolean {
    return this.#sizes.has(size)
  }

  /** Throws DV_PURGED for a file that was purged. */
  refuse({ content }: { content: ContentId }, path?: string): void {
    const note = this.noteOf(content)
    if (note) throw purged(note, { content, ...(path !== undefined && { path }) })
  }

  /** What was purged twice was purged when it was first. */
  #add({ id, size }: PurgedContent, { time, by, reason }: PurgeNote): void {
    const known = this.#notes.get(idKey(id))
    if (known && known.time <= time) return
    this.#notes.set(idKey(id), { time, by, reason })
    this.#sizes.add(size)
  }
}

export const NOTHING_PURGED = new Purged([])

/** '2026-11-22': the day, in UTC, wherever one reads it. */
export function purgeDay({ time }: PurgeNote): string {
  return new Date(time).toISOString().slice(0, 10)
}

export function purged(note: PurgeNote, { content, path }: { content: ContentId; path?: string }): DvError {
  const what = path === undefined ? `The file with content '${toHex(content)}'` : `'${path}'`
  const { time, by, reason } = note
  return new DvError('DV_PURGED', `${what} was purged on ${purgeDay(note)}: ${reason}`, {
    data: { content: toHex(content), time, by, reason, ...(path !== undefined && { path }) },
    hint: "it is gone from all versions for good; 'dv purge --list' shows what was purged, when and why",
  })
}

/** Reads a store's records, each once: they never change. */
export class PurgeRecords {
  readonly #storage: Storage
  readonly #known = new Map<string, PurgeRecord>()
  #names: readonly string[] = []
  #union = NOTHING_PURGED

  constructor(storage: Storage) {
    this.#storage = storage
  }

  async union(names: readonly string[]): Promise<Purged> {
    if (sameNames(names, this.#names)) return this.#union
    const records = await this.read(names)
    this.#union = new Purged(records.values())
    this.#names = names
    return this.#union
  }

  /** By their names. */
  async read(names: readonly string[]): Promise<ReadonlyMap<string, PurgeRecord>> {
    const records = new Map<string, PurgeRecord>()
    for (const name of names) {
      const record = this.#known.get(name) ?? decodePurgeRecord(await this.#storage.get(purgeKey(name)))
      this.#known.set(name, record)
      records.set(name, record)
    }
    return records
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}
