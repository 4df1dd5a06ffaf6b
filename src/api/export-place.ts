// Where an export goes: a folder, which gets its name when all is in it, or the prefix of a bucket, whose record is written last.
import fs from 'node:fs'
import path from 'node:path'
import { DvError } from '../base/index.js'
import { type ExportedPart, PARTITION } from '../query/index.js'
import type { Config } from '../repo/index.js'
import { parseLocation, type StorageSettings } from '../storage/index.js'
import { exportToBucket } from './export-bucket.js'
import { exportToFolder } from './export-folder.js'
import { keepableRemote } from './remote-address.js'
import type { Surroundings } from './types.js'

export type PartName = Pick<ExportedPart, 'name'>

export interface ExportPlace {
  /** Of this commit's export, for messages. */
  readonly location: string
  /** The record of an export that was finished. */
  record(): Promise<Uint8Array | undefined>
  /** What there is of a finished export of these parts: bytes by name. Parts of others are gone. */
  present(parts: readonly PartName[]): Promise<ReadonlyMap<string, number>>
  /** Makes a folder for parts: the place takes them from there. */
  begin(): Promise<string>
  add(part: ExportedPart): Promise<void>
  /** Makes it an export. The record that is there then: another process may have been faster. */
  finish(record: Uint8Array): Promise<Uint8Array>
  /** Lets go of what is not finished. */
  close(): void
}

/** Written last; engines pass over names that begin so. */
export const RECORD = '_export.json'

export interface ExportTarget {
  /** A folder or address as typed. */
  destination: string
  /** 64 hex digits. */
  commit: string
  settings?: StorageSettings
  /** Where settings of the same bucket may be. */
  config?: Config
}

export async function openExportPlace(
  surroundings: Surroundings,
  { destination, commit, settings, config }: ExportTarget,
): Promise<ExportPlace> {
  const { url } = keepableRemote(surroundings.cwd, { url: destination }).remote
  const location = parseLocation(url)
  // As engines name the folders of a partition, with the column's value.
  const partition = `${PARTITION}=${commit}`
  switch (location.kind) {
    case 'directory':
      if (fs.existsSync(path.join(location.path, 'dv.json'))) throw isStore(url)
      return exportToFolder(path.join(location.path, partition))
    case 's3': {
      const known = settings ?? settingsOfBucket(config, location.bucket)
      const place = await exportToBucket(location, { partition, settings: known, env: surroundings.env })
      if (place === 'store') throw isStore(url)
      return place
    }
    case 'web':
      throw new DvError('DV_READ_ONLY', `Nothing can be written to the web server '${url}'`, {
        data: { url },
        hint: 'name a folder or s3://BUCKET/PREFIX',
      })
  }
}

/** Those of a remote in the same bucket: an endpoint need not be typed again. */
function settingsOfBucket(config: Config | undefined, bucket: string): StorageSettings {
  for (const { url, ...settings } of config?.remotes.values() ?? []) {
    if (!url.toLowerCase().startsWith('s3:')) continue
    const location = parseLocation(url)
    if (location.kind === 's3' && location.bucket === bucket) return settings
  }
  return {}
}

function isStore(url: string): DvError {
  return new DvError('DV_USAGE', `'${url}' is a store of dv, which an export is no part of`, {
    data: { url },
    hint: `name a place beside it, as '${url.replace(/\/+$/, '')}-export'`,
  })
}

/** Removes a folder of parts that are of no use any more: litter at worst, which hides no failure that led here. */
export function discardStaging(staging: string): void {
  try {
    fs.rmSync(staging, { recursive: true, force: true })
  } catch {
    // A later export removes it once it is a day old, or the system does.
  }
}
