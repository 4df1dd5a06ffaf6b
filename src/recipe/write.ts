// Builds recipe trees from below. Where a node ends depends on the ids in it alone, so equal runs of chunks become
// equal nodes wherever they stand in the file and whatever was there before.
import { corrupt, DvError } from '../base/index.js'
import { type ContentId, ID_BYTES, type RecipeId, sameId } from '../hash/index.js'
import { type ChunkRef, INLINE_CHUNKS_MAX, type Recipe } from '../objects/index.js'
import type { ObjectWriter } from '../store/index.js'
import { encodeRecipeNode, type RecipeItem } from './node.js'
import { endsRecipeNode, RECIPE_PARAMS, type RecipeParams } from './params.js'
import { loadPrevious, type PreviousTree } from './previous.js'

export interface WriteRecipeOptions {
  /** Id of the whole file: a single chunk of that id makes the recipe `whole`. */
  content?: ContentId
  /** The recipe that this one replaces: new nodes are stored against its nodes. */
  previous?: Recipe | undefined
  /** Only tests give others than the format's. */
  params?: RecipeParams
}

/** The chunks of a file in order, at once or in batches. */
export type ChunkSource = Iterable<ChunkRef> | AsyncIterable<readonly ChunkRef[]>

/** The recipe of a file: whole, inline or, of more than 8 chunks, a tree that is written. Adjacent chunks of one id
 * must have one length. */
export async function writeRecipe(
  writer: ObjectWriter,
  chunks: ChunkSource,
  options: WriteRecipeOptions = {},
): Promise<Recipe> {
  const first: ChunkRef[] = []
  let builder: RecipeBuilder | undefined
  for await (const batch of inBatches(chunks)) {
    for (const chunk of batch) {
      checkChunk(chunk)
      if (builder === undefined && first.push(chunk) <= INLINE_CHUNKS_MAX) continue
      if (builder === undefined) {
        builder = new RecipeBuilder(
          writer,
          options.params ?? RECIPE_PARAMS,
          await loadPrevious(writer, options.previous),
        )
        for (const early of first) if (builder.add(early)) await builder.flush(0)
      } else if (builder.add(chunk)) await builder.flush(0)
    }
  }
  if (builder !== undefined) return { form: 'tree', root: await builder.finish() }
  const single = first.length === 1 && options.content !== undefined && sameId(first[0]!.id, options.content)
  return first.length === 0 || single ? { form: 'whole' } : { form: 'inline', chunks: first }
}

async function* inBatches(chunks: ChunkSource): AsyncGenerator<Iterable<ChunkRef>> {
  if (Symbol.asyncIterator in chunks) yield* chunks
  else yield chunks
}

function checkChunk({ id, length }: ChunkRef): void {
  if (id.length === ID_BYTES && Number.isSafeInteger(length) && length > 0) return
  throw new DvError('DV_UNSUPPORTED', `A chunk of ${length} bytes with an id of ${id.length} bytes`)
}

interface Level {
  items: RecipeItem[]
  finished: number
  /** Where the unfinished node begins in the file. */
  start: number
}

class RecipeBuilder {
  readonly #writer: ObjectWriter
  readonly #params: RecipeParams
  readonly #previous: PreviousTree
  readonly #levels: Level[] = []
  #run: RecipeItem | undefined

  constructor(writer: ObjectWriter, params: RecipeParams, previous: PreviousTree) {
    this.#writer = writer
    this.#params = params
    this.#previous = previous
  }

  #level(index: number): Level {
    while (this.#levels.length <= index) this.#levels.push({ items: [], finished: 0, start: 0 })
    return this.#levels[index]!
  }

  /** Appends a chunk. When true, `await flush(0)` must come next. */
  add(chunk: ChunkRef): boolean {
    const run = this.#run
    if (run !== undefined && sameId(run.id, chunk.id)) {
      if (run.length !== chunk.length) throw corrupt('Two chunks of one id have different lengths')
      run.count++
      return false
    }
    this.#run = { id: Buffer.from(chunk.id), length: chunk.length, count: 1 }
    return run !== undefined && this.#push(0, run)
  }

  #push(index: number, item: RecipeItem): boolean {
    const { items } = this.#level(index)
    items.push(item)
    return endsRecipeNode(this.#params, items.length, item.id)
  }

  async flush(index: number): Promise<void> {
    const level = this.#level(index)
    const bytes = encodeRecipeNode(index, level.items)
    let length = 0
    let count = 0
    for (const item of level.items) {
      length += index === 0 ? item.length * item.count : item.length
      count += item.count
    }
    const base = this.#previous.baseFor(index, { bytes, start: level.start })
    const id = await this.#writer.writeObject('recipe', bytes, base)
    level.items = []
    level.start += length
    level.finished++
    if (this.#push(index + 1, { id, length, count })) await this.flush(index + 1)
  }

  async finish(): Promise<RecipeId> {
    if (this.#run !== undefined && this.#push(0, this.#run)) await this.flush(0)
    for (let index = 0; ; index++) {
      const level = this.#levels[index]!
      const top = this.#levels.length === index + 1
      if (top && level.finished === 0 && level.items.length === 1 && index > 0)
        return level.items[0]!.id as RecipeId
      if (level.items.length > 0) await this.flush(index)
    }
  }
}
