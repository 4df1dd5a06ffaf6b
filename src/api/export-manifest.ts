// dv export-manifest: the table of a commit's files as Parquet, in a folder or a bucket, for engines that know nothing of dv.
// What lies there: spec/30-exported-manifest.md
import { DvError, sameBytes, utf8 } from '../base/index.js'
import { toHex } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import { exportFiles, type FilesExport } from '../query/index.js'
import { effectiveConfig } from './context.js'
import { checkParts, readRecord } from './export-check.js'
import { type ExportPlace, openExportPlace } from './export-place.js'
import { tablePlaces } from './query-places.js'
import type { ManifestExported } from './results.js'
import { resolve } from './revisions.js'
import type { Stores } from './stores.js'
import type { ExportManifestOptions } from './types.js'

/** Files of so many rows are some dozen MB, which engines like to read with a task each. */
const PART_ROWS = 1_000_000

/** What is there of that commit already stays as it is. */
export async function exportManifest(
  stores: Stores,
  options: ExportManifestOptions,
): Promise<ManifestExported> {
  const { destination, at = 'HEAD', settings, partRows = PART_ROWS, signal, onProgress } = options
  if (partRows < 1) throw new DvError('DV_USAGE', 'A file of the export has at least one row')
  const { view, revisions } = await stores.meant(at)
  const { commit } = await resolve(view, revisions)
  const { context, surroundings } = stores
  const place = await openExportPlace(surroundings, {
    ...{ destination, commit: toHex(commit) },
    ...(settings && { settings }),
    ...(context && { config: await effectiveConfig(context) }),
  })
  try {
    const there = await place.record()
    if (there) return await finished(place, there, 'there')
    const { folder, temporary } = await tablePlaces(stores, view)
    const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
    return await write(place, { ...work, reader: view.store, commit, folder, temporary, partRows })
  } finally {
    place.close()
  }
}

type Source = Omit<FilesExport, 'into' | 'take'>

async function write(place: ExportPlace, source: Source): Promise<ManifestExported> {
  const into = await place.begin()
  const exported = await exportFiles({ ...source, into, take: (part) => place.add(part) })
  const { manifest } = await readCommit(source.reader, source.commit)
  const ids = { commit: toHex(source.commit), manifest: toHex(manifest) }
  const record = utf8(`${JSON.stringify({ format: 1, ...ids, ...exported }, undefined, 1)}\n`)
  const there = await place.finish(record)
  return finished(place, there, sameBytes(there, record) ? 'written' : 'there')
}

async function finished(
  place: ExportPlace,
  bytes: Uint8Array,
  outcome: ManifestExported['outcome'],
): Promise<ManifestExported> {
  const { commit, rows, parts } = readRecord(place, bytes)
  checkParts(place, parts, await place.present(parts))
  const sum = parts.reduce((total, part) => total + part.bytes, 0)
  return { location: place.location, commit, outcome, rows, parts: parts.length, bytes: sum }
}
