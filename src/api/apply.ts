// dv apply: lines become one commit on a branch, without a working directory and without a clone: what is written are new
// chunks, new nodes and the branch. Format: spec/14-apply.md
import os from 'node:os'
import path from 'node:path'
import { Pool } from '../content/index.js'
import { ChangeSorter, CommitLines, readLines, storeLines } from '../edit/index.js'
import type { ManifestId } from '../hash/index.js'
import { iterEntries } from '../manifest/index.js'
import { type ObjectStore, StoreWriter } from '../store/index.js'
import { compilePathspec } from '../workspace/index.js'
import { type ApplyTarget, onTarget } from './apply-target.js'
import { land, type LandingWork, readTip } from './landing.js'
import { staticPrefix } from './pathspec.js'
import type { ApplyResult } from './results.js'
import type { ApplyOptions, Surroundings } from './types.js'

/** Packs of 48 MiB that lie on this disk on their way to a bucket. */
const PACKS_ON_THE_WAY = 4

export function apply(surroundings: Surroundings, options: ApplyOptions): Promise<ApplyResult> {
  return onTarget(surroundings, options, (target) => applyTo(target, options))
}

/** For who has opened the target, which stays open. */
export async function applyTo(target: ApplyTarget, options: ApplyOptions): Promise<ApplyResult> {
  const tip = await readTip(target, options)
  const work = openWork(target)
  try {
    const application = { base: tip.manifest, work, options }
    for await (const changes of readChanges(target, application)) work.sorter.add(changes)
    return await land(target, { tip, work, options, changes: work.sorter.sorted() })
  } finally {
    work.data.abort()
    work.nodes.abort()
    work.sorter.close()
    await work.pool.close()
  }
}

/** What takes the contents and nodes, and what waits in between. */
interface ApplyWork extends LandingWork {
  pool: Pool
  /** The folder that the pool's files are named from. */
  root: string
  data: StoreWriter
  sorter: ChangeSorter
  said: CommitLines
}

/** Where the store is a folder, workers write to it; elsewhere only this thread can. */
function openWork({ store, format, surroundings }: ApplyTarget): ApplyWork {
  const { storage } = store
  const { localRoot } = storage.properties
  const top = path.parse(path.resolve(surroundings.cwd)).root
  const endedPacks = PACKS_ON_THE_WAY
  const pool = new Pool({
    storeRoot: localRoot ?? '',
    chunkAvg: format.chunker.avg,
    root: top.replace(/[\\/]$/, ''),
    temporaryFolder: os.tmpdir(),
    ...(localRoot === undefined && { store, endedPacks }),
  })
  const data = new StoreWriter(store, { kind: 'data', endedPacks })
  let pooledBytes = 0
  return {
    ...{ pool, root: top, data },
    nodes: new StoreWriter(store, { kind: 'node' }),
    sorter: new ChangeSorter({ temporaryPath: () => storage.temporaryPath() }),
    said: new CommitLines(),
    async finishContents() {
      const finished = await pool.runInAll({ type: 'finish' })
      for (const { storedBytes } of finished) pooledBytes += storedBytes
      return [...finished.flatMap(({ packs }) => packs), ...(await data.finish())]
    },
    contentBytes: () => pooledBytes + data.storedBytes,
  }
}

interface Application {
  base: ManifestId | undefined
  work: ApplyWork
  options: ApplyOptions
}

function readChanges(
  { store, format, surroundings, isNear }: ApplyTarget,
  { base, work, options }: Application,
) {
  const { signal, onProgress } = options
  const { pool, root, data, nodes, said } = work
  return storeLines(said.takenFrom(readLines(options.input)), {
    ...{ pool, root, data, nodes, base, cwd: surroundings.cwd, chunkAvg: format.chunker.avg },
    withBases: isNear,
    matching: (base, pattern) => matching(store, base, pattern),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  })
}

async function* matching(store: ObjectStore, base: ManifestId, pattern: string): AsyncGenerator<string[]> {
  const filter = compilePathspec([pattern])
  for await (const batch of iterEntries(store, base, { prefix: staticPrefix(pattern) }))
    yield batch.flatMap(([name]) => (filter.matches(name) ? [name] : []))
}
