// dv diff of a picture or an array: its shape, and its pixels where they have partners.
import {
  type ChannelCounts,
  comparePictures,
  type ImageShape,
  isImageName,
  openPicture,
  type PictureComparison,
  type PixelCounts,
} from '../images/index.js'
import type { ComparedFile, ComparedFiles } from './compared-file.js'
import type { DetailRecord, PixelSums } from './detail-results.js'
import type { DriverOptions, Kind } from './diff-details.js'

export const IMAGE: Kind = { takes: isImageName, driver: imageDriver }

/** Reads what the heads say, and throws what is wrong with them. */
async function imageDriver(
  { before, after }: ComparedFiles,
  { path, summary, signal }: DriverOptions,
): Promise<AsyncIterable<DetailRecord>> {
  const [a, b] = [await picture(before), await picture(after)]
  const comparison = await comparePictures(a, b, signal ? { signal } : {})
  return recordsOf(comparison, { path, before: a.shape, after: b.shape, summary })
}

function picture({ read, size, name }: ComparedFile) {
  return openPicture(read, size, name)
}

interface Shown {
  path: string
  before: ImageShape
  after: ImageShape
  summary: boolean
}

async function* recordsOf(
  comparison: PictureComparison | undefined,
  { path, before, after, summary }: Shown,
): AsyncGenerator<DetailRecord> {
  yield { type: 'image', path, before, after, compared: comparison !== undefined }
  if (!comparison) return
  const unit = after.format === 'npy' ? 'value' : 'pixel'
  for await (const { plane, counts } of comparison.planes())
    if (!summary) yield { type: 'plane', plane, ...(counts && sumsOf(counts, unit)) }
  const { compared, changed, added, removed, counts } = comparison
  const planes = { compared, changed, added: added.length, removed: removed.length }
  yield { type: 'pixels', planes, ...sumsOf(counts, unit) }
}

function sumsOf({ pixels, changed, channels }: PixelCounts, unit: PixelSums['unit']): PixelSums {
  const largest = channels.map((one) => one.largest).reduce((most, one) => (one > most ? one : most))
  return {
    ...{ pixels, unit, changed, largest: shown(largest) },
    ...(channels.length > 1 && {
      channels: channels.map((one) => ({ changed: one.changed, largest: shown(one.largest) })),
    }),
  }
}

function shown(value: ChannelCounts['largest']): number | string {
  const number = Number(value)
  return Number.isFinite(number) && (typeof value === 'number' || Number.isSafeInteger(number))
    ? number
    : String(value)
}
