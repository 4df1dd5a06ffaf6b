// The folder of a search index: segments, and a root that names them. Any number of processes read and add at once; the
// root is changed by making the file of its next version, which only one of them can. Format: spec/26-search.md, "Folder"
import fs from 'node:fs'
import path from 'node:path'
import { fromSystemError, isDvError, systemCode, unusedHex } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { discardFile, placeNewFile, temporaryName } from '../files/index.js'
import { indexDamage, WHAT } from './damage.js'
import { Documents } from './documents.js'
import { makeFile } from './make-file.js'
import { mergeSegments } from './merge-segments.js'
import { Segment } from './segment.js'

/** Changes with whatever makes documents another way: an older index is made anew. */
const FORMAT = 1
const ROOTS_KEPT = 4
/** What no root names may still be on its way into one. */
const LITTER_MS = 60 * 60 * 1000
/** A segment stays by itself while it has this many times what lies behind it. */
const TIER = 4
const OPEN_ATTEMPTS = 5
/** Rows of so many trees and commits are kept, and those that another process may be about to read. */
const ROWS_KEPT = 32
const IN_USE_MS = 10 * 60 * 1000

export interface Part {
  name: string
  docs: number
}

export interface Root {
  version: number
  /** Of this index: numbers of documents mean nothing in another. */
  id: string
  /** What was purged when it was begun: nothing of that is in it. */
  purged: string
  /** In the order of their documents' numbers. */
  parts: readonly Part[]
}

export class SearchFolder {
  readonly path: string

  constructor(folder: string) {
    this.path = folder
    writing(folder, () => fs.mkdirSync(folder, { recursive: true }))
  }

  file(name: string): string {
    return path.join(this.path, name)
  }

  /** The newest root; a new one where there is none, or none for what is purged now. Throws DV_CORRUPT. */
  root(purged: string): Root {
    const [version] = this.#versions()
    if (version !== undefined) {
      const root = decodeRoot(version, fs.readFileSync(this.file(rootName(version))))
      if (root?.purged === purged) return root
      this.clear()
    }
    return this.#put({ version: (version ?? 0) + 1, id: unusedHex(), purged, parts: [] }) ?? this.root(purged)
  }

  #versions(): number[] {
    const found = fs.readdirSync(this.path).flatMap((name) => {
      const [, digits] = /^root-(\d{1,15})$/.exec(name) ?? []
      return digits === undefined ? [] : [Number(digits)]
    })
    return found.sort((a, b) => b - a)
  }

  #put(root: Root): Root | undefined {
    const file = this.file(rootName(root.version))
    const temporary = temporaryName(file)
    try {
      const { id, purged, parts } = root
      fs.writeFileSync(temporary, seal({ format: FORMAT, id, purged, parts }))
      placeNewFile(temporary, file)
      return root
    } catch (error) {
      if (isDvError(error, 'DV_WOULD_OVERWRITE')) return undefined
      throw fromSystemError(error, 'write', file)
    } finally {
      discardFile(temporary)
    }
  }

  /** Puts `parts` in the place of those that `root` has; undefined when another process changed it first. */
  swap(root: Root, parts: readonly Part[]): Root | undefined {
    const [newest] = this.#versions()
    if (newest !== root.version) return undefined
    const next = this.#put({ ...root, version: root.version + 1, parts })
    if (next) this.#tidy(next)
    return next
  }

  #tidy({ parts, version }: Root): void {
    const named = new Set(parts.map(({ name }) => name))
    for (const name of fs.readdirSync(this.path)) {
      const [, old] = /^root-(\d+)$/.exec(name) ?? []
      const isOld = old !== undefined && Number(old) <= version - ROOTS_KEPT
      if (isOld || (/^segment-|\.tmp$/.test(name) && !named.has(name) && this.#age(name) > LITTER_MS))
        discardFile(this.file(name))
    }
  }

  #age(name: string): number {
    const stat = fs.lstatSync(this.file(name), { throwIfNoEntry: false })
    return stat ? Date.now() - stat.mtimeMs : 0
  }

  /** The documents of the newest root. Throws DV_CORRUPT. */
  open(purged: string): { root: Root; documents: Documents } {
    for (let attempt = 1; ; attempt++) {
      const root = this.root(purged)
      const segments: Segment[] = []
      try {
        for (const { name, docs } of root.parts) {
          const segment = new Segment(this.file(name))
          segments.push(segment)
          if (segment.docs !== docs) throw indexDamage(`'${name}' is another`)
        }
        return { root, documents: new Documents(segments) }
      } catch (error) {
        for (const segment of segments) segment.close()
        // It may have been merged away meanwhile.
        if (attempt === OPEN_ATTEMPTS || this.#versions()[0] === root.version) throw error
      }
    }
  }

  /** Names a new segment, behind all others. Returns the number of its first document. */
  add(part: Part, { id, purged }: Root): { root: Root; first: number } {
    for (;;) {
      const root = this.root(purged)
      if (root.id !== id) {
        discardFile(this.file(part.name))
        throw indexDamage('it was made anew meanwhile')
      }
      const next = this.swap(root, [...root.parts, part])
      if (next) return { root: next, first: root.parts.reduce((sum, { docs }) => sum + docs, 0) }
    }
  }

  /** Merges small segments, so that their number grows with the logarithm of their documents. */
  async merge(root: Root, breathe: () => Promise<void>): Promise<void> {
    const from = firstToMerge(root.parts)
    const merged = root.parts.slice(from)
    if (merged.length < 2) return
    const segments = merged.map(({ name }) => new Segment(this.file(name)))
    try {
      const part = { name: `segment-${unusedHex()}`, docs: merged.reduce((sum, { docs }) => sum + docs, 0) }
      await this.make(part.name, (descriptor) => mergeSegments(descriptor, segments, breathe))
      // Whoever was faster merges, or will.
      if (this.swap(root, [...root.parts.slice(0, from), part]))
        for (const { name } of merged) discardFile(this.file(name))
      else discardFile(this.file(part.name))
    } finally {
      for (const segment of segments) segment.close()
    }
  }

  /** Whether there is such a file. It counts as used now. */
  has(name: string): boolean {
    const now = new Date()
    try {
      fs.utimesSync(this.file(name), now, now)
      return true
    } catch {
      return false
    }
  }

  make(name: string, write: (descriptor: number) => Promise<void>): Promise<void> {
    return makeFile(this.file(name), write)
  }

  /** Lets go of rows that were not asked for lately. */
  trimRows(): void {
    const rows = fs.readdirSync(this.path).filter((name) => /^(rows|commits)-[0-9a-f]+$/.test(name))
    const aged = rows.map((name) => ({ name, age: this.#age(name) })).sort((a, b) => a.age - b.age)
    for (const { name, age } of aged.slice(ROWS_KEPT)) if (age > IN_USE_MS) discardFile(this.file(name))
  }

  /** Lets go of all there is. */
  clear(): void {
    for (const name of fs.readdirSync(this.path))
      if (!/^root-/.test(name)) fs.rmSync(this.file(name), { recursive: true, force: true })
    // Roots last, and the newest at the very end: versions only grow.
    for (const version of this.#versions().reverse()) discardFile(this.file(rootName(version)))
  }
}

function rootName(version: number): string {
  return `root-${version}`
}

/** Undefined for one of another format. */
function decodeRoot(version: number, bytes: Uint8Array): Root | undefined {
  const { format, id, purged, parts } = unseal(bytes, WHAT)
  if (format !== FORMAT || typeof id !== 'string' || typeof purged !== 'string' || !Array.isArray(parts))
    return undefined
  return { version, id, purged, parts: parts as Part[] }
}

/** All from the first that has not enough documents to stay by itself. */
function firstToMerge(parts: readonly Part[]): number {
  let behind = 0
  let from = parts.length
  for (let i = parts.length - 1; i >= 0; i--) {
    if (parts[i]!.docs < TIER * behind) from = i
    behind += parts[i]!.docs
  }
  return from === parts.length ? parts.length : Math.min(from, parts.length - 1)
}

function writing<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw systemCode(error) === undefined ? error : fromSystemError(error, 'write', folder)
  }
}
