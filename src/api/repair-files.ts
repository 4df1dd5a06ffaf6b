// Contents that the store lost and that still lie in a working directory: files that are, byte for byte, what a commit
// names are stored anew.
import { hashFiles, storeFiles } from '../content/index.js'
import { type ContentId, parseId, sameId } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import { isDvError } from '../base/index.js'
import { lookup } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import type { Problem } from '../maintenance/index.js'
import { StoreWriter } from '../store/index.js'
import { scanPath } from '../workspace/index.js'
import { type Context, openPool } from './context.js'
import { publish } from './publish.js'
import type { Work } from './types.js'

/** A file that was stored anew, as a commit names it. */
export interface StoredAnew {
  path: string
  commit: string
}

/** Stores anew what lies here of the files that problems reach; with `dryRun`, only looks. */
export async function storeAnew(
  context: Context,
  problems: readonly Problem[],
  { dryRun, ...work }: Work & { dryRun: boolean },
): Promise<StoredAnew[]> {
  const wanted = await filesWanted(context, problems)
  const here = [...wanted].flatMap(([path, versions]) => filesHere(context, path, versions))
  const same: { path: string; size: number }[] = []
  const stored: StoredAnew[] = []
  const pool = openPool(context)
  for await (const batch of hashFiles(here, { pool, ...work })) {
    for (const { path, content, stat } of batch) {
      const versions = wanted.get(path)!.filter((version) => sameId(version.content, content))
      if (versions.length > 0) same.push({ path, size: stat.size })
      for (const { commit } of versions) stored.push({ path, commit })
    }
  }
  if (same.length === 0 || dryRun) return stored
  const nodes = new StoreWriter(context.store, { kind: 'node' })
  try {
    const options = { pool, nodes, chunkAvg: context.format.chunker.avg, ...work }
    for await (const _ of storeFiles(same, options));
    await publish(context, { pool }, nodes)
  } catch (error) {
    nodes.abort()
    throw error
  }
  return stored
}

interface WantedFile {
  commit: string
  size: number
  content: ContentId
}

/** The versions that problems reach, by path. */
async function filesWanted(
  { store }: Context,
  problems: readonly Problem[],
): Promise<Map<string, WantedFile[]>> {
  const wanted = new Map<string, WantedFile[]>()
  for (const { commit, path } of problems.flatMap(({ reaches }) => reaches)) {
    if (path === undefined || !/^[0-9a-f]{64}$/.test(commit)) continue
    try {
      const entry = await lookup(store, (await readCommit(store, parseId<'commit'>(commit))).manifest, path)
      if (!entry || !isFile(entry)) continue
      const { size, content } = entry
      wanted.set(path, [...(wanted.get(path) ?? []), { commit, size, content }])
    } catch (error) {
      if (!isDvError(error)) throw error
    }
  }
  return wanted
}

/** The file at the path, if it can be one of the versions. */
function filesHere({ workdir }: Context, path: string, versions: readonly WantedFile[]) {
  const found = scanPath(workdir.root, path)
  if (found?.kind !== 'file' && found?.kind !== 'executable') return []
  return versions.some(({ size }) => size === found.size) ? [{ path, size: found.size }] : []
}
