// Replays the old tree into a builder with the edits applied: nodes without edits are taken over whole wherever the
// builder is aligned, so only nodes on the way to an edit are read, and only those that change are written.
import type { ManifestId } from '../hash/index.js'
import { type Entry, isFile } from '../objects/index.js'
import type { ObjectReader, ObjectWriter } from '../store/index.js'
import { batches } from './batches.js'
import type { BuildOptions } from './build.js'
import { compareKeyAt, compareKeys, keyProblem, unsafePath, writeKey } from './keys.js'
import { entryAt } from './leaf-columns.js'
import { loadChild, loadNode } from './load.js'
import { lookup } from './lookup.js'
import { MANIFEST_PARAMS } from './params.js'
import { summarize } from './summarize.js'
import { TreeBuilder } from './tree-builder.js'
import {
  type Batched,
  childId,
  type Edit,
  type InternalNode,
  isLeaf,
  type LeafNode,
  type Node,
} from './types.js'

/** The manifest of `root` with `edits`, which must be in the order of paths, each path once. The root is the one
 * buildManifest gives for the same set. Deleting what is not there changes nothing. */
export async function editManifest(
  writer: ObjectWriter,
  root: ManifestId,
  edits: Batched<Edit>,
  options: BuildOptions = {},
): Promise<ManifestId> {
  const cursor = new EditCursor(edits)
  await cursor.advance()
  if (cursor.done) return root
  const builder = new TreeBuilder(writer, options.params ?? MANIFEST_PARAMS)
  const replay: Replay = { writer, builder, cursor, mustBeEmpty: [], lastEdited: undefined }
  await replayNode(replay, root, { node: await loadNode(writer, root), last: true })
  const edited = await builder.finish()
  await checkNesting(writer, edited, replay)
  return edited
}

interface Replay {
  writer: ObjectWriter
  builder: TreeBuilder
  cursor: EditCursor
  /** Edited files with a node taken over right behind them, unseen: nothing may lie below them. */
  mustBeEmpty: string[]
  /** The path of the entry added last, if it was edited and is not a directory. */
  lastEdited: string | undefined
}

/** `last`: whether the node is the last of its level, so that all edits that are left belong to it. */
interface Place {
  node: Node
  last: boolean
}

async function replayNode(replay: Replay, id: ManifestId, { node, last }: Place): Promise<void> {
  replay.builder.replaces(node.level, id)
  if (isLeaf(node)) await replayLeaf(replay, node, last)
  else await replayInternal(replay, node, last)
}

async function replayInternal(replay: Replay, node: InternalNode, last: boolean): Promise<void> {
  const { builder, cursor } = replay
  for (let i = 0; i < node.count; i++) {
    const lastChild = last && i === node.count - 1
    const touched = !cursor.done && (lastChild || cursor.compareWith(node, i) <= 0)
    if (touched || !builder.aligned(node.level - 1)) {
      const child = await loadChild(replay.writer, node, i)
      await replayNode(replay, childId(node, i), { node: child, last: lastChild })
    } else {
      if (replay.lastEdited !== undefined) replay.mustBeEmpty.push(replay.lastEdited)
      replay.lastEdited = undefined
      if (builder.addNode(node, i)) await builder.flush(node.level)
    }
  }
}

async function replayLeaf(replay: Replay, leaf: LeafNode, last: boolean): Promise<void> {
  const { builder, cursor } = replay
  const { bytes, starts } = leaf.keys
  for (let i = 0; i < leaf.count; i++) {
    let order = 1
    while (!cursor.done && (order = cursor.compareWith(leaf, i)) <= 0) {
      await applyEdit(replay)
      if (order === 0) break
    }
    if (order === 0) continue
    replay.lastEdited = undefined
    if (builder.addOld(bytes, starts[i]!, starts[i + 1]!, entryAt(leaf, i))) await builder.flush(0)
  }
  while (last && !cursor.done) await applyEdit(replay)
}

async function applyEdit(replay: Replay): Promise<void> {
  const { builder, cursor } = replay
  const { path, entry } = cursor
  if (entry !== undefined) {
    if (builder.addEntry(path, entry)) await builder.flush(0)
    replay.lastEdited = entry.kind === 'directory' ? undefined : path
  }
  if (!cursor.step()) await cursor.advance()
}

/** The cases that could not be seen while nodes were taken over unread: rare, one look-up each. */
async function checkNesting(reader: ObjectReader, root: ManifestId, replay: Replay): Promise<void> {
  for (const path of replay.builder.mustBeDirectories) {
    const entry = await lookup(reader, root, path)
    if (entry?.kind !== 'directory') throw inTheWay(path, entry)
  }
  for (const path of replay.mustBeEmpty) {
    if ((await summarize(reader, root, path)).entries > 1) throw inTheWay(path, undefined)
  }
}

function inTheWay(path: string, entry: Entry | undefined): Error {
  const kind = entry !== undefined && !isFile(entry) ? entry.kind : 'file'
  return unsafePath(path, `it is a ${kind}, but other paths lie below it`)
}

/** The edits one after another, with the key of the present one. */
class EditCursor {
  readonly #source: AsyncGenerator<readonly Edit[]>
  #batch: readonly Edit[] = []
  #index = -1
  #key = Buffer.allocUnsafe(256)
  #keyEnd = 0
  #before = Buffer.allocUnsafe(256)
  path = ''
  entry: Entry | undefined
  done = false

  constructor(edits: Batched<Edit>) {
    this.#source = batches(edits)
  }

  /** Moves on within the batch. False when `await advance()` must come next. */
  step(): boolean {
    if (++this.#index >= this.#batch.length) return false
    ;[this.path, this.entry] = this.#batch[this.#index]!
    this.#readKey()
    return true
  }

  async advance(): Promise<void> {
    do {
      const next = await this.#source.next()
      if (next.done === true) this.done = true
      this.#batch = next.done === true ? [] : next.value
      this.#index = -1
    } while (!this.done && !this.step())
  }

  #readKey(): void {
    const end = this.#keyEnd
    ;[this.#key, this.#before] = [this.#before, this.#key]
    if (this.path.length * 3 > this.#key.length) this.#key = Buffer.allocUnsafe(this.path.length * 3)
    this.#keyEnd = writeKey(this.#key, 0, this.path)
    const problem = keyProblem(this.#key, { start: 0, end: this.#keyEnd })
    if (problem !== undefined) throw unsafePath(this.path, problem)
    if (compareKeys(this.#before, 0, end, this.#key, 0, this.#keyEnd) >= 0) {
      throw new TypeError('manifest edits must be in ascending order of paths, each once')
    }
  }

  /** Orders the present edit and item `index` of a node. */
  compareWith(node: Node, index: number): number {
    return -compareKeyAt(node.keys, index, this.#key, this.#keyEnd)
  }
}
