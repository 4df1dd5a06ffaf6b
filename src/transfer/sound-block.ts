// Wanted blocks, so that damage ends no transfer as long as a whole copy can be had: of the same bytes, read once more, or
// of the same items elsewhere in the source.
import { corrupt, isDvError } from '../base/index.js'
import type { Row } from '../index/index.js'
import { BLOCK_STORED_MAX, packKey } from '../pack/index.js'
import { readSoundly } from '../storage/index.js'
import { hasFullCopy } from './bases.js'
import type { CopyJob } from './copy.js'
import {
  type BlockSource,
  blocksOf,
  openBlock,
  type OpenBlock,
  type OpenItem,
  storedBlock,
  wantedItems,
} from './open-block.js'
import { readRange } from './prefetch.js'
import type { BlockPlace, WantedBlock } from './wanted.js'

/** What reading says of a copy that cannot be had. */
const LOST = ['DV_ABSENT', 'DV_CORRUPT', 'DV_MISSING_OBJECT', 'DV_NOT_FOUND']

export interface ArrivedBlock {
  pack: string
  block: WantedBlock
  /** As they arrived; undefined when they did not. */
  bytes: Buffer | undefined
}

export interface SoundBlock {
  open: OpenBlock
  /** What is wanted of it. */
  items: readonly OpenItem[]
}

/** For catch(): what is damaged, gone or away is undefined, to be looked for elsewhere. */
export function unlessLost(error: unknown): undefined {
  if (isLost(error)) return undefined
  throw error
}

/** A block, verified. Throws DV_CORRUPT when it is damaged where it lies. */
export async function soundBlock(job: CopyJob, { pack, block, bytes }: ArrivedBlock): Promise<SoundBlock> {
  refuseLongBlock(pack, block)
  const { source } = job
  const where = { pack, at: block.at, source: eitherEnd(job) }
  return readSoundly(source.storage, packKey(pack), async (isAgain) => {
    const arrived = isAgain ? undefined : bytes
    const stored = arrived ?? (await readRange(source, pack, { offset: block.at, length: block.size }))
    const open = await openBlock(where.source, () => storedBlock(stored), where)
    return { open, items: wantedItems(open, block, where) }
  })
}

/** The source, and for bases that are lost there the target: a delta may have been made while a pack was dropped, of which
 * whoever made it still had the block in memory. */
export function eitherEnd({ source, target }: Pick<CopyJob, 'source' | 'target'>): BlockSource {
  return {
    ...blocksOf(source),
    async readFullCopy(kind, id) {
      try {
        return await source.readFullCopy(kind, id)
      } catch (failure) {
        if (!isLost(failure) || !(await hasFullCopy(target, id))) throw failure
        return target.readFullCopy(kind, id)
      }
    },
  }
}

/** What was wanted of a block that is lost, one by one from other copies. Throws `failure` when there is none of one. */
export async function* otherCopies(
  job: CopyJob,
  { pack, block }: ArrivedBlock,
  failure: unknown,
): AsyncGenerator<OpenItem> {
  if (!isLost(failure)) throw failure
  for (const { id } of block.rows) {
    const isOther = (row: Row) => row.pack !== pack || row.blockOffset !== block.at
    const others = async () => firstSound(job, (await job.source.locate(id)).filter(isOther))
    let item = await others()
    if (!item) {
      // Of a pack that was rewritten since, the fresh root names the successor, whoever has read it first.
      await job.source.index.refresh()
      item = await others()
    }
    if (!item) throw failure
    yield item
  }
}

async function firstSound(job: CopyJob, rows: readonly Row[]): Promise<OpenItem | undefined> {
  for (const row of rows) {
    const block = { at: row.blockOffset, size: row.blockLength, rows: [row] }
    const sound = await soundBlock(job, { pack: row.pack, block, bytes: undefined }).catch(unlessLost)
    if (sound) return sound.items[0]
  }
  return undefined
}

/** Lengths come from the source's index: none is allocated that no block can have. */
export function refuseLongBlock(pack: string, { at, size }: BlockPlace): void {
  if (size <= BLOCK_STORED_MAX) return
  throw corrupt(`The block at byte ${at} of pack '${pack}' cannot have ${size} bytes`, { pack, offset: at })
}

/** Whether an error says that a copy cannot be had. */
export function isLost(error: unknown): boolean {
  return isDvError(error) && LOST.includes(error.code)
}
