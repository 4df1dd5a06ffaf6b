// Stacks as ImageJ writes them: one page, whose description says how many planes lie behind one another from its pixels on.
import { number, numbers, text, type TiffFile } from './tiff-file.js'
import { type Page, TAG } from './tiff-page.js'

const DESCRIPTION_BYTES_MAX = 16 * 1024 * 1024

/** The planes of the only page of a file: itself, where it is no such stack. */
export async function stackOf(file: TiffFile, page: Page): Promise<Page[]> {
  const { directory, width, height, samples, bits } = page
  const description = await text(file, directory, { tag: TAG.description, max: DESCRIPTION_BYTES_MAX })
  const count = /^ImageJ=/.test(description ?? '')
    ? Number(/^images=(\d{1,9})$/m.exec(description!)?.[1] ?? 1)
    : 1
  const compression = await number(file, directory, { tag: TAG.compression, otherwise: 1 })
  const bytes = (width * height * samples * bits) / 8
  if (count < 2 || compression !== 1 || !Number.isInteger(bytes)) return [page]
  const offsets = await numbers(file, directory, { tag: TAG.stripOffsets, max: height })
  const lengths = await numbers(file, directory, { tag: TAG.stripBytes, max: height })
  const isWhole = offsets.every((offset, i) => i === 0 || offset === offsets[i - 1]! + lengths[i - 1]!)
  // A description stays behind when planes are taken out.
  if (!isWhole || offsets.length === 0 || offsets[0]! + count * bytes > file.source.size) return [page]
  return Array.from({ length: count }, (_, i) => ({ ...page, shift: i * bytes }))
}
