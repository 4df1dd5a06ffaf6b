// Whether an export that is there is whole.
import { DvError } from '../base/index.js'
import type { ExportedFiles, ExportedPart } from '../query/index.js'
import type { ExportPlace } from './export-place.js'

export type ExportRecord = Pick<ExportedFiles, 'rows' | 'parts'> & { commit: string }

/** Throws DV_CORRUPT for what is no record, DV_UNSUPPORTED for that of a later version. */
export function readRecord(place: ExportPlace, bytes: Uint8Array): ExportRecord {
  const { format, ...record } = parse(place, bytes)
  if (format === 1 && Array.isArray(record.parts)) return record
  if (typeof format !== 'number' || format < 2) throw notWhole(place, 'its record is none')
  throw new DvError('DV_UNSUPPORTED', `The export '${place.location}' was made by a later version of dv`, {
    data: { location: place.location, format },
    hint: 'use that version, or export to another place',
  })
}

function parse(place: ExportPlace, bytes: Uint8Array): ExportRecord & { format?: unknown } {
  try {
    return Object(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch {
    throw notWhole(place, 'its record is none')
  }
}

/** Throws DV_CORRUPT unless all parts are there, as long as they were made. `present`: bytes by name. */
export function checkParts(
  place: ExportPlace,
  parts: readonly Pick<ExportedPart, 'name' | 'bytes'>[],
  present: ReadonlyMap<string, number>,
): void {
  const missing = parts.find(({ name, bytes }) => present.get(name) !== bytes)
  if (missing) throw notWhole(place, `'${missing.name}' is not what was written`)
}

function notWhole({ location }: ExportPlace, reason: string): DvError {
  return new DvError('DV_CORRUPT', `The export '${location}' is damaged: ${reason}`, {
    data: { location },
    hint: 'remove it, then export again',
  })
}
