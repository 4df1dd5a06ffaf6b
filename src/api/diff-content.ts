// What changed inside a file: hunks of lines where both sides are text, byte ranges where not, targets of links.
import { changedRanges, decodeText, isText, TEXT_BYTES_MAX, textHunks } from '../diff/index.js'
import { type Entry, type FileEntry, isFile } from '../objects/index.js'
import type { ObjectReader, PurgeNote } from '../store/index.js'
import { readFile, readWholeFile } from './file-content.js'
import type { ByteRange, ContentDiff, EntryKind, TextHunk } from './results.js'

/** One side of a change. Files are read only when it helps. */
export interface ContentSide {
  kind: EntryKind
  size: number
  /** Of a symbolic link. */
  target?: string
  /** The first bytes of a file, enough to tell text. */
  head: () => Promise<Uint8Array>
  /** All of a file; asked for only up to TEXT_BYTES_MAX. */
  read: () => Promise<Uint8Array>
  /** In a commit: byte ranges can be told from its recipe. */
  recorded?: FileEntry
}

/** A side that is in a commit. */
export function recordedSide(reader: ObjectReader, entry: Entry | undefined): ContentSide | undefined {
  if (!entry) return undefined
  if (entry.kind === 'symlink')
    return { kind: 'symlink', size: 0, target: entry.target, head: nothing, read: nothing }
  if (!isFile(entry)) return { kind: 'directory', size: 0, head: nothing, read: nothing }
  return {
    kind: entry.kind,
    size: entry.size,
    head: async () => (await readFile(reader, entry).next()).value ?? (await nothing()),
    read: () => readWholeFile(reader, entry),
    recorded: entry,
  }
}

async function nothing(): Promise<Uint8Array> {
  return new Uint8Array(0)
}

/** Undefined where nothing can be said beyond the sizes: a directory, equal files, a new or deleted file that is no
 * text, a large working file. `lines`: unchanged ones shown around each change. */
export async function contentDiff(
  reader: ObjectReader,
  [before, after]: readonly [before: ContentSide | undefined, after: ContentSide | undefined],
  lines: number,
): Promise<ContentDiff | undefined> {
  if (before?.kind === 'symlink' || after?.kind === 'symlink') {
    return {
      type: 'link',
      ...(before?.target !== undefined && { before: before.target }),
      ...(after?.target !== undefined && { after: after.target }),
    }
  }
  const note = await purgeOf(reader, [before, after])
  if (note) return { type: 'purged', time: note.time, reason: note.reason }
  const files = [before, after].filter((side) => side !== undefined && side.kind !== 'directory')
  if (files.length === 0) return undefined
  const small = files.every((side) => side!.size <= TEXT_BYTES_MAX)
  const text = small ? await textDiff([before, after], lines) : undefined
  if (text || files.length < 2) return text
  if (before!.recorded && after!.recorded) return rangesOf(reader, before!.recorded, after!.recorded)
  return small ? oneRange(await before!.read(), await after!.read()) : undefined
}

/** Of the first side that was purged: then there is nothing to compare. */
async function purgeOf(
  reader: ObjectReader,
  sides: readonly (ContentSide | undefined)[],
): Promise<PurgeNote | undefined> {
  const purged = await reader.purged()
  for (const side of sides) {
    const note = side?.recorded && purged.noteOf(side.recorded.content)
    if (note) return note
  }
  return undefined
}

async function textDiff(
  sides: readonly (ContentSide | undefined)[],
  lines: number,
): Promise<ContentDiff | undefined> {
  for (const side of sides) if (side && !isText(await side.head())) return undefined
  const texts: string[] = []
  for (const side of sides) {
    const text = side ? decodeText(await side.read()) : ''
    if (text === undefined) return undefined
    texts.push(text)
  }
  const { hunks, addedLines, removedLines } = textHunks(texts[0]!, texts[1]!, { context: lines })
  if (hunks.length === 0) return undefined
  return { type: 'text', hunks: hunks.map(toHunk), linesAdded: addedLines, linesRemoved: removedLines }
}

const SIGNS = { context: ' ', added: '+', removed: '-' } as const

/** As records have it. */
export function toHunk(hunk: ReturnType<typeof textHunks>['hunks'][number]): TextHunk {
  const lines: string[] = []
  for (const { kind, text, noNewline } of hunk.lines) {
    lines.push(`${SIGNS[kind]}${text}`)
    if (noNewline) lines.push('\\ No newline at end of file')
  }
  return { ...hunk, lines }
}

async function rangesOf(reader: ObjectReader, before: FileEntry, after: FileEntry): Promise<ContentDiff> {
  const { ranges, removedBytes, addedBytes } = await changedRanges(reader, before, after)
  return {
    type: 'bytes',
    ranges: ranges.map((range) => ({
      beforeStart: range.before.offset,
      beforeLength: range.before.length,
      afterStart: range.after.offset,
      afterLength: range.after.length,
    })),
    changedBytes: Math.max(removedBytes, addedBytes),
  }
}

/** What lies between the bytes that both begin with and those that both end with. */
function oneRange(before: Uint8Array, after: Uint8Array): ContentDiff | undefined {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  const range: ByteRange = {
    beforeStart: start,
    beforeLength: before.length - start - end,
    afterStart: start,
    afterLength: after.length - start - end,
  }
  const changedBytes = Math.max(range.beforeLength, range.afterLength)
  return changedBytes === 0 ? undefined : { type: 'bytes', ranges: [range], changedBytes }
}
