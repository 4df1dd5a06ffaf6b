// Changes in the order of paths, however they came: what does not fit into memory waits in sorted runs on disk, which are
// merged as they are read. They can be read as often as wanted.
import fs from 'node:fs'
import v8 from 'node:v8'
import { comparePaths, fromSystemError } from '../base/index.js'
import { encodeMetadata, type FileEntry, type Metadata } from '../objects/index.js'
import type { Expected } from './parse-line.js'

/** What one line does at one path; content is stored already. Structured data: it can be written and read back. */
export type Change = { path: string; line: number; expect?: Expected } & (
  | { type: 'remove' }
  | ({ type: 'file'; executable?: boolean; set?: Metadata } & Pick<FileEntry, 'size' | 'content' | 'recipe'>)
  | { type: 'symlink'; target: string; set?: Metadata }
  | { type: 'meta'; set: Metadata; unset: readonly string[] }
)

export type SortedChanges = AsyncIterable<readonly Change[]>

/** About the bytes of memory that waiting changes take. */
const HELD_BYTES = 32 * 1024 * 1024
const CHANGE_BYTES = 512
const BATCH = 256

export interface SorterOptions {
  /** Gives a path for a new temporary file. */
  temporaryPath: () => string
  heldBytes?: number
}

/** Takes changes in any order. `close` removes its files. */
export class ChangeSorter {
  readonly #options: SorterOptions
  readonly #runs: string[] = []
  #held: Change[] = []
  #heldBytes = 0

  constructor(options: SorterOptions) {
    this.#options = options
  }

  /** How many runs lie on disk. */
  get runs(): number {
    return this.#runs.length
  }

  add(changes: readonly Change[]): void {
    for (const change of changes) {
      this.#held.push(change)
      this.#heldBytes += weightOf(change)
    }
    if (this.#heldBytes >= (this.#options.heldBytes ?? HELD_BYTES)) this.#writeRun()
  }

  /** All that was added, by path and then by line. Nothing may be added afterwards. */
  sorted(): SortedChanges {
    this.#held.sort(inOrder)
    const held = this.#held
    const runs = this.#runs
    return { [Symbol.asyncIterator]: () => merged([...runs.map(readRun), batchesOf(held)]) }
  }

  close(): void {
    for (const run of this.#runs.splice(0)) fs.rmSync(run, { force: true })
  }

  #writeRun(): void {
    const path = this.#options.temporaryPath()
    this.#runs.push(path)
    this.#held.sort(inOrder)
    try {
      const fd = fs.openSync(path, 'wx')
      try {
        for (const batch of batchesOf(this.#held)) writeBatch(fd, batch)
      } finally {
        fs.closeSync(fd)
      }
    } catch (error) {
      throw fromSystemError(error, 'write', path)
    }
    this.#held = []
    this.#heldBytes = 0
  }
}

function inOrder(a: Change, b: Change): number {
  return comparePaths(a.path, b.path) || a.line - b.line
}

function weightOf(change: Change): number {
  const metadata = 'set' in change && change.set ? encodeMetadata(change.set).length : 0
  return CHANGE_BYTES + change.path.length + metadata
}

function* batchesOf(changes: readonly Change[]): Generator<readonly Change[]> {
  for (let at = 0; at < changes.length; at += BATCH) yield changes.slice(at, at + BATCH)
}

/** Its length in four bytes, then the changes as Node serialises data. */
function writeBatch(fd: number, batch: readonly Change[]): void {
  const bytes = v8.serialize(batch)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  fs.writevSync(fd, [length, bytes])
}

function* readRun(path: string): Generator<readonly Change[]> {
  const fd = fs.openSync(path, 'r')
  try {
    const length = Buffer.alloc(4)
    while (fs.readSync(fd, length) === length.length) {
      const bytes = Buffer.alloc(length.readUInt32LE())
      fs.readSync(fd, bytes)
      yield v8.deserialize(bytes) as Change[]
    }
  } finally {
    fs.closeSync(fd)
  }
}

/** One of the lists, at its first change that was not taken yet. */
interface Head {
  batches: Iterator<readonly Change[]>
  batch: readonly Change[]
  at: number
}

async function* merged(lists: readonly Generator<readonly Change[]>[]): AsyncGenerator<readonly Change[]> {
  let heads = lists.map((batches) => ({ batches, batch: [], at: 0 }) as Head).filter(settle)
  try {
    let batch: Change[] = []
    while (heads.length > 0) {
      const first = heads.reduce((least, head) =>
        inOrder(head.batch[head.at]!, least.batch[least.at]!) < 0 ? head : least,
      )
      batch.push(first.batch[first.at++]!)
      if (!settle(first)) heads = heads.filter((head) => head !== first)
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  } finally {
    for (const { batches } of heads) batches.return?.()
  }
}

/** Goes on to the next batch where one is done. False at the end of the list. */
function settle(head: Head): boolean {
  if (head.at < head.batch.length) return true
  const next = head.batches.next()
  if (next.done) return false
  head.batch = next.value
  head.at = 0
  return true
}
