import type { ManifestId } from '../hash/index.js'
import type { ObjectWriter } from '../store/index.js'
import { batches } from './batches.js'
import { MANIFEST_PARAMS, type ManifestParams } from './params.js'
import { TreeBuilder } from './tree-builder.js'
import type { Batched, PathEntry } from './types.js'

export interface BuildOptions {
  /** Only tests give others than the format's. */
  params?: ManifestParams
}

/** The manifest of no entries. */
export function emptyManifest(writer: ObjectWriter): Promise<ManifestId> {
  return new TreeBuilder(writer, MANIFEST_PARAMS).finish()
}

/** The manifest of `entries`, which must be in the order of paths, each path once. Throws DV_UNSAFE_PATH for a path
 * that no tree can have, or that lies below a file. */
export async function buildManifest(
  writer: ObjectWriter,
  entries: Batched<PathEntry>,
  options: BuildOptions = {},
): Promise<ManifestId> {
  const builder = new TreeBuilder(writer, options.params ?? MANIFEST_PARAMS)
  for await (const batch of batches(entries)) {
    for (const [path, entry] of batch) if (builder.addEntry(path, entry)) await builder.flush(0)
  }
  return builder.finish()
}
