// dv meta set, unset and import --to: metadata becomes one commit on a branch, here or at a remote, without a working
// directory. Paths are held against the tree that is found; what others commit meanwhile is as in spec/14-apply.md, "The commit"
import os from 'node:os'
import type { Change } from '../edit/index.js'
import { type PathRow, typedValues } from '../metadata/index.js'
import { decodeMetadata, type Metadata, NO_METADATA } from '../objects/index.js'
import { StoreWriter } from '../store/index.js'
import { type ApplyTarget, onTarget } from './apply-target.js'
import { type Landing, land, readTip } from './landing.js'
import { typesOf } from './meta.js'
import { pathsAsked } from './meta-paths.js'
import type { MetaCommitted, MetaImportCommitted, MetaImported } from './meta-results.js'
import { presentRows } from './meta-rows.js'
import { withTable } from './meta-table.js'
import type { MetaImportToOptions, MetaSetToOptions } from './meta-types.js'
import type { ApplyResult } from './results.js'
import type { Surroundings } from './types.js'

export async function setMetadataTo(
  surroundings: Surroundings,
  options: MetaSetToOptions,
): Promise<MetaCommitted> {
  const set = typedValues(options)
  const { unset, to } = options
  const landing = { ...to, dryRun: false }
  return onTarget(surroundings, landing, async (target) => {
    const tip = await readTip(target, landing)
    const view = { ...target, storage: target.store.storage, prefix: '' }
    const paths = await pathsAsked(view, options, { tree: tip.manifest })
    const changes = async function* () {
      for (let at = 0; at < paths.length; at += BATCH)
        yield paths.slice(at, at + BATCH).map((path) => changeOf({ path, line: 0 }, set, unset))
    }
    const applied = await landMetadata(target, { tip, options: landing }, changes)
    return { paths: paths.length, changed: changedBy(applied), types: typesOf(set), applied }
  })
}

const BATCH = 1024

export async function importMetadataTo(
  surroundings: Surroundings,
  options: MetaImportToOptions,
): Promise<MetaImportCommitted> {
  const { to, dryRun } = options
  const landing = { ...to, dryRun }
  const place = { cwd: surroundings.cwd, prefix: '', temporary: os.tmpdir() }
  return withTable(place, options, ({ rows, count, columns, warnings }) =>
    onTarget(surroundings, landing, async (target) => {
      const tip = await readTip(target, landing)
      const missing: MetaImported['missing'] = { count: 0, examples: [] }
      const within = { reader: target.store, tree: tip.manifest }
      const changes = async function* () {
        for await (const batch of presentRows(rows.sorted(), within, { ...options, missing, count }))
          yield batch.map((row) => changeOf(row, valuesOf(row), []))
      }
      const applied = await landMetadata(target, { tip, options: landing }, changes)
      const done = { paths: count - missing.count, changed: changedBy(applied), missing }
      return { rows: count, ...done, columns, warnings, dryRun, applied }
    }),
  )
}

function valuesOf({ metadata }: PathRow): Metadata {
  return decodeMetadata(metadata, 'row of a table')
}

function changeOf(
  { path, line }: Pick<Change, 'path' | 'line'>,
  set: Metadata,
  unset: readonly string[],
): Change {
  return { path, line, type: 'meta', set, unset }
}

/** `changes` are asked for again when a race is lost. */
async function landMetadata(
  target: ApplyTarget,
  landing: Pick<Landing, 'tip' | 'options'>,
  changes: () => AsyncGenerator<readonly Change[]>,
): Promise<ApplyResult> {
  const nodes = new StoreWriter(target.store, { kind: 'node' })
  const work = {
    nodes,
    said: { metadata: NO_METADATA },
    finishContents: async () => [],
    contentBytes: () => 0,
  }
  try {
    return await land(target, { ...landing, work, changes: { [Symbol.asyncIterator]: changes } })
  } finally {
    nodes.abort()
  }
}

/** A directory that gets an entry of its own counts as added, one that loses it as deleted. */
function changedBy({ changes: { added, modified, deleted } }: ApplyResult): number {
  return added + modified + deleted
}
