// Files of trees that nothing leads to any more, and that lie there still: of a commit that was amended and pushed over, of
// operations that were forgotten. Whoever is asked to remove a file from all history means those too. Only what is not
// reached is read, found by the footers of packs: the index may name it no longer.
import { isDvError } from '../../base/index.js'
import { entriesInNode } from '../../manifest/index.js'
import { isFile } from '../../objects/index.js'
import { packKey } from '../../pack/index.js'
import { blocksOf, openBlock, storedBlock } from '../../transfer/index.js'
import type { Check } from '../check.js'
import type { IdSet } from '../id-set.js'
import { type PackOnStorage, readEnds } from './affected-packs.js'
import type { Visitor } from './every-file.js'

/** `reached`: commits, tags and nodes of trees that something leads to. What cannot be read is passed over: nobody can. */
export async function forgottenFiles(check: Check, reached: IdSet, file: Visitor['file']): Promise<void> {
  for await (const { name: key, size } of check.store.storage.list(packKey(''))) {
    const pack = { name: key.slice(packKey('').length), size }
    for (const [at, length] of await blocksWithForgotten(check, pack, reached))
      for (const bytes of await forgottenTrees(check, { pack, at, length }, reached))
        for (const [path, entry] of entriesInNode(bytes)) if (isFile(entry)) await file(entry, path)
  }
}

/** Where blocks with nodes that are not reached begin, and their bytes. */
async function blocksWithForgotten(
  check: Check,
  pack: PackOnStorage,
  reached: IdSet,
): Promise<Map<number, number>> {
  const blocks = new Map<number, number>()
  await check.step()
  await passingOver(async () => {
    const { kind, footer } = await readEnds(check.store, pack)
    if (kind !== 'node') return
    for await (const rows of footer.rows())
      for (const { id, blockOffset, blockLength } of rows)
        if (!reached.has(id)) blocks.set(blockOffset, blockLength)
  })
  return blocks
}

/** The bytes of nodes of trees in a block. */
async function forgottenTrees(
  { store }: Check,
  { pack: { name: pack }, at, length }: { pack: PackOnStorage; at: number; length: number },
  reached: IdSet,
): Promise<Uint8Array[]> {
  let trees: Uint8Array[] = []
  await passingOver(async () => {
    const bytes = await store.storage.get(packKey(pack), { offset: at, length })
    const { items } = await openBlock(blocksOf(store), () => storedBlock(bytes), { pack, at })
    trees = items.flatMap(({ kind, id, bytes: item }) =>
      kind === 'manifest' && !reached.has(id) ? [item] : [],
    )
  })
  return trees
}

const UNREADABLE = ['DV_CORRUPT', 'DV_NOT_FOUND', 'DV_MISSING_OBJECT', 'DV_ABSENT'] as const

async function passingOver(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!UNREADABLE.some((code) => isDvError(error, code))) throw error
  }
}
