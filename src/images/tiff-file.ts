// TIFF and BigTIFF: directories of tags, one a page, in a chain. TIFF 6.0; https://www.awaresystems.be/imaging/tiff/bigtiff.html
import { badImage } from './errors.js'
import type { Source } from './source.js'

/** Bytes of a value, by type. */
const TYPE_BYTES: Record<number, number> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8 },
  ...{ 13: 4, 16: 8, 17: 8, 18: 8 },
}
const [SHORT, LONG, LONG8] = [3, 4, 16]
const TAGS_MAX = 4096
const PAGES_MAX = 1_000_000

export interface Tag {
  type: number
  count: number
  /** Where its values are. */
  offset: number
}

export interface Directory {
  tags: ReadonlyMap<number, Tag>
}

export interface TiffFile {
  source: Source
  bigEndian: boolean
  big: boolean
  first: number
}

export async function openTiff(source: Source): Promise<TiffFile> {
  const head = await source.read(0, 8)
  const bigEndian = head[0] === 0x4d
  const big = head[bigEndian ? 3 : 2] === 0x2b
  const file = { source, bigEndian, big, first: 0 }
  if (!big) return { ...file, first: uint(file, head, { at: 4, bytes: 4 }) }
  const more = await source.read(0, 16)
  if (uint(file, more, { at: 4, bytes: 2 }) !== 8)
    throw badImage(source.name, 'its offsets are not of 8 bytes, as those of a BigTIFF')
  return { ...file, first: uint(file, more, { at: 8, bytes: 8 }) }
}

/** Where the pages are, in their order. */
export async function* pageOffsets(file: TiffFile): AsyncGenerator<number> {
  const seen = new Set<number>()
  for (let offset = file.first; offset !== 0;) {
    if (seen.has(offset)) throw badImage(file.source.name, 'its pages go round in a circle')
    if (seen.size === PAGES_MAX) throw badImage(file.source.name, `it has more than ${PAGES_MAX} pages`)
    seen.add(offset)
    yield offset
    offset = await nextPage(file, offset)
  }
  if (seen.size === 0) throw badImage(file.source.name, 'it has no page')
}

/** Where the tags of a page are, how many they are, and how many bytes each takes. */
async function tagTable({ source, ...file }: TiffFile, offset: number) {
  const [countBytes, tagBytes] = file.big ? [8, 20] : [2, 12]
  const count = uint(file, await source.read(offset, countBytes), { at: 0, bytes: countBytes })
  if (count === 0 || count > TAGS_MAX) throw badImage(source.name, `a page of it has ${count} tags`)
  return { start: offset + countBytes, count, tagBytes, offsetBytes: file.big ? 8 : 4 }
}

async function nextPage(file: TiffFile, offset: number): Promise<number> {
  const { start, count, tagBytes, offsetBytes } = await tagTable(file, offset)
  const bytes = await file.source.read(start + count * tagBytes, offsetBytes)
  return uint(file, bytes, { at: 0, bytes: offsetBytes })
}

export async function readDirectory(file: TiffFile, offset: number): Promise<Directory> {
  const { start, count, tagBytes, offsetBytes } = await tagTable(file, offset)
  const bytes = await file.source.read(start, count * tagBytes)
  const tags = new Map<number, Tag>()
  for (let at = 0; at < bytes.length; at += tagBytes) {
    const type = uint(file, bytes, { at: at + 2, bytes: 2 })
    const values = uint(file, bytes, { at: at + 4, bytes: offsetBytes })
    const place = at + 4 + offsetBytes
    const inside = values * (TYPE_BYTES[type] ?? 1) <= offsetBytes
    const where = inside ? start + place : uint(file, bytes, { at: place, bytes: offsetBytes })
    tags.set(uint(file, bytes, { at, bytes: 2 }), { type, count: values, offset: where })
  }
  return { tags }
}

/** Whole numbers of a tag, none where it is missing. */
export async function numbers(
  file: TiffFile,
  { tags }: Directory,
  { tag, max }: { tag: number; max: number },
): Promise<number[]> {
  const found = tags.get(tag)
  if (!found) return []
  const { type, count, offset } = found
  const bytes = TYPE_BYTES[type]!
  if (![1, SHORT, LONG, 13, LONG8, 18].includes(type) || count > max)
    throw badImage(file.source.name, `tag ${tag} of it has ${count} values of type ${type}`)
  const values = await file.source.read(offset, count * bytes)
  return Array.from({ length: count }, (_, i) => uint(file, values, { at: i * bytes, bytes }))
}

/** The first number of a tag. */
export async function number(
  file: TiffFile,
  directory: Directory,
  { tag, otherwise }: { tag: number; otherwise: number },
): Promise<number> {
  const found = directory.tags.get(tag)
  if (!found) return otherwise
  const one: Directory = { tags: new Map([[tag, { ...found, count: Math.min(1, found.count) }]]) }
  return (await numbers(file, one, { tag, max: 1 }))[0] ?? otherwise
}

/** The bytes of a tag; undefined where it is missing, no bytes, or longer than `max`. */
export async function bytesOf(
  file: TiffFile,
  { tags }: Directory,
  { tag, max }: { tag: number; max: number },
): Promise<Buffer | undefined> {
  const found = tags.get(tag)
  if (!found || TYPE_BYTES[found.type] !== 1 || found.count > max) return undefined
  return file.source.read(found.offset, found.count)
}

/** The text of a tag, without the zero at its end. */
export async function text(
  file: TiffFile,
  directory: Directory,
  wanted: { tag: number; max: number },
): Promise<string | undefined> {
  return (await bytesOf(file, directory, wanted))?.toString('utf8').replace(/\0+$/, '')
}

/** A number that is too large for an offset is one beyond every file. */
function uint(
  { bigEndian }: Pick<TiffFile, 'bigEndian'>,
  from: Buffer,
  { at, bytes }: { at: number; bytes: number },
): number {
  if (bytes < 8) return bigEndian ? from.readUIntBE(at, bytes) : from.readUIntLE(at, bytes)
  return Number(bigEndian ? from.readBigUInt64BE(at) : from.readBigUInt64LE(at))
}
