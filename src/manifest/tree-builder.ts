// Builds the levels of a tree from below, in order, from entries and from whole nodes taken over from another tree.
// 1. Every level holds one unfinished node. When it ends it is written and becomes an item one level up.
// 2. A node of level n may be taken over only while levels 0 to n hold nothing unfinished (`aligned`): then it is
//    exactly what would be built from its entries, because a node depends on its own items only.
// 3. Therefore the root depends on the set of entries alone.
import { DvError } from '../base/index.js'
import type { ManifestId, ValueId } from '../hash/index.js'
import { encodeMetadata, type Entry, entrySize } from '../objects/index.js'
import type { ObjectWriter } from '../store/index.js'
import { checkEntry, encodeInternal, encodeLeaf, INLINE_TARGET_BYTES_MAX } from './encode.js'
import { KeyRun } from './key-run.js'
import { pathOfKey, unsafePath } from './keys.js'
import { loadNode, TARGET_NAME } from './load.js'
import type { ManifestParams } from './params.js'
import { childId, type InternalNode, isLeaf } from './types.js'

interface Level {
  run: KeyRun
  ids: Uint8Array[]
  entries: number[]
  bytes: number[]
  /** Nodes of this level that are finished. */
  finished: number
  /** The node of the old tree that the unfinished one replaces, and that being read now. */
  base: ManifestId | undefined
  replaced: ManifestId | undefined
}

export class TreeBuilder {
  readonly #writer: ObjectWriter
  readonly #params: ManifestParams
  readonly #levels: Level[] = []
  #entries: Entry[] = []
  #last: Entry | undefined
  /** Paths taken over without looking at their kind that turned out to have something below them. */
  readonly mustBeDirectories: string[] = []

  constructor(writer: ObjectWriter, params: ManifestParams) {
    this.#writer = writer
    this.#params = params
  }

  #level(index: number): Level {
    for (let level = this.#levels.length; level <= index; level++) {
      const run = new KeyRun(level, this.#params)
      this.#levels.push({
        run,
        ids: [],
        entries: [],
        bytes: [],
        finished: 0,
        base: undefined,
        replaced: undefined,
      })
    }
    return this.#levels[index]!
  }

  /** Appends a new entry. When true, `await flush(0)` must come next. */
  addEntry(path: string, entry: Entry): boolean {
    checkEntry(path, entry)
    const leaf = this.#level(0)
    const full = leaf.run.appendPath(path)
    this.#push(leaf, entry)
    return full
  }

  /** Appends an entry of the old tree. When true, `await flush(0)` must come next. */
  addOld(key: Buffer, from: number, to: number, entry: Entry): boolean {
    const leaf = this.#level(0)
    const full = leaf.run.appendKey(key, from, to)
    this.#push(leaf, entry)
    return full
  }

  #push(leaf: Level, entry: Entry): void {
    if (leaf.run.nested) this.#checkNesting(leaf.run)
    if (leaf.run.count === 1) leaf.base = leaf.replaced
    this.#entries.push(entry)
    this.#last = entry
  }

  /** What lies below a path stands right behind it: only the entry before can be in the way. */
  #checkNesting(run: KeyRun): void {
    if (this.#last?.kind === 'directory') return
    const parent = pathOfKey(run.beforeLast())
    if (this.#last === undefined) this.mustBeDirectories.push(parent)
    else throw unsafePath(parent, 'it is not a directory, but other paths lie below it')
  }

  /** Whether nothing is unfinished at `level` and below. */
  aligned(level: number): boolean {
    for (let i = 0; i <= level && i < this.#levels.length; i++)
      if (this.#levels[i]!.run.count > 0) return false
    return true
  }

  /** Takes over child `index` of `parent` as it is. When true, `await flush(parent.level)` must come next. */
  addNode(parent: InternalNode, index: number): boolean {
    const { bytes, starts } = parent.keys
    const key = bytes.subarray(starts[index], starts[index + 1])
    for (let i = 0; i < parent.level; i++) this.#level(i).run.follow(key)
    this.#level(parent.level - 1).finished++
    this.#last = undefined
    const below = [parent.entriesBelow[index]!, parent.bytesBelow[index]!] as const
    return this.#addChild(parent.level, key, Buffer.from(childId(parent, index)), below)
  }

  #addChild(
    index: number,
    key: Buffer,
    id: Uint8Array,
    [entries, bytes]: readonly [number, number],
  ): boolean {
    const level = this.#level(index)
    const full = level.run.appendKey(key, 0, key.length)
    if (level.run.count === 1) level.base = level.replaced
    level.ids.push(id)
    level.entries.push(entries)
    level.bytes.push(bytes)
    return full
  }

  /** Says that what is added at `level` from now on takes the place of node `id`, which new nodes resemble. */
  replaces(level: number, id: ManifestId): void {
    this.#level(level).replaced = id
  }

  /** Writes the unfinished node of `level`, and those above that end with it. */
  async flush(index: number): Promise<ManifestId> {
    const level = this.#level(index)
    const bytes = index === 0 ? await this.#encodeLeaf(level.run) : encodeInternal(index, level.run, level)
    const id = await this.#writer.writeObject('manifest', bytes, level.base)
    level.finished++
    const below = index === 0 ? sumEntries(this.#entries) : ([sum(level.entries), sum(level.bytes)] as const)
    if (!Number.isSafeInteger(below[1])) throw tooLarge()
    const full = level.run.count > 0 && this.#addChild(index + 1, level.run.last(), id, below)
    this.#clear(index)
    if (full) await this.flush(index + 1)
    return id
  }

  #clear(index: number): void {
    const level = this.#levels[index]!
    if (index === 0) this.#entries = []
    level.run.restart()
    level.ids = []
    level.entries = []
    level.bytes = []
  }

  async #encodeLeaf(run: KeyRun): Promise<Buffer> {
    const spilled = new Map<Entry, ValueId>()
    for (const entry of this.#entries) {
      if (entry.kind !== 'symlink' || Buffer.byteLength(entry.target) <= INLINE_TARGET_BYTES_MAX) continue
      const value = new Map([[TARGET_NAME, { type: 'string', value: entry.target } as const]])
      spilled.set(entry, await this.#writer.writeObject('value', encodeMetadata(value)))
    }
    return encodeLeaf(run, this.#entries, spilled)
  }

  /** Ends every level and returns the root. Nothing may be added afterwards. */
  async finish(): Promise<ManifestId> {
    if (this.#levels.every((level) => level.finished === 0 && level.run.count === 0)) {
      return this.#writer.writeObject('manifest', encodeLeaf(new KeyRun(0, this.#params), [], new Map()))
    }
    for (let index = 0; ; index++) {
      const level = this.#levels[index]!
      const top = this.#levels
        .slice(index + 1)
        .every((above) => above.finished === 0 && above.run.count === 0)
      if (index > 0 && top && level.finished === 0 && level.run.count === 1) {
        return this.#withoutOnlyChildren(level.ids[0] as ManifestId)
      }
      if (level.run.count > 0) await this.flush(index)
    }
  }

  /** A node taken over from the end of a larger tree may have a single child, which is then the root. */
  async #withoutOnlyChildren(id: ManifestId): Promise<ManifestId> {
    const node = await loadNode(this.#writer, id)
    return isLeaf(node) || node.count > 1 ? id : this.#withoutOnlyChildren(childId(node, 0))
  }
}

function sumEntries(entries: readonly Entry[]): readonly [number, number] {
  let bytes = 0
  for (const entry of entries) bytes += entrySize(entry)
  return [entries.length, bytes]
}

function sum(numbers: readonly number[]): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}

function tooLarge(): DvError {
  return new DvError('DV_UNSUPPORTED', 'The sizes of all files add up to 2^53 bytes or more')
}
