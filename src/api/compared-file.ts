// Two versions of one file, opened to be read in parts.
import fs from 'node:fs'
import { DvError, fromSystemError } from '../base/index.js'
import { assertNoSymlinkParents, openWithStat } from '../files/index.js'
import type { ManifestId } from '../hash/index.js'
import { lookup } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import { scanPath } from '../workspace/index.js'
import { bringFiles } from './bring.js'
import type { StoreView } from './context.js'
import { readFile } from './file-content.js'
import type { TreesCompared } from './table-diff.js'
import type { Work } from './types.js'

export interface ComparedFile {
  /** As it is called in messages: 'v1:a/b.png'. */
  name: string
  /** Bytes. */
  size: number
  /** Fewer than asked for only at the end. They must not be changed. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** DV_FILE_CHANGED where it is no longer what was read. */
  check(): void
  close(): void
}

export interface ComparedFiles {
  before: ComparedFile
  after: ComparedFile
}

/** Undefined: one of them is no file. What only a remote has is brought. */
export async function openBoth(
  view: StoreView,
  { from, to, workdir, names }: TreesCompared,
  { path, was, work }: { path: string; was: string; work: Work },
): Promise<ComparedFiles | undefined> {
  const before = from && (await recorded(view, from, { path: was, name: `${names.before}${was}`, work }))
  if (!before) return undefined
  const after = workdir
    ? working(view, path)
    : to && (await recorded(view, to, { path, name: `${names.after}${path}`, work }))
  return after ? { before, after } : undefined
}

async function recorded(
  view: StoreView,
  tree: ManifestId,
  { path, name, work }: { path: string; name: string; work: Work },
): Promise<ComparedFile | undefined> {
  const entry = await lookup(view.store, tree, path)
  if (!entry || !isFile(entry) || (await view.store.purged()).has(entry.content)) return undefined
  await bringFiles(view, [[entry]], work)
  return {
    ...{ name, size: entry.size, check: () => undefined, close: () => undefined },
    async read(offset, length) {
      const parts: Uint8Array[] = []
      for await (const part of readFile(view.store, entry, { offset, length })) parts.push(part)
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    },
  }
}

function working({ workdir }: StoreView, path: string): ComparedFile | undefined {
  const { root } = workdir!
  const kind = scanPath(root, path)?.kind
  if (kind !== 'file' && kind !== 'executable') return undefined
  assertNoSymlinkParents(root, path)
  const { descriptor, stats } = openWithStat(root, path)
  return {
    name: path,
    size: Number(stats.size),
    read: async (offset, length) => readAt(descriptor, { offset, length, path }),
    check() {
      const now = fs.fstatSync(descriptor, { bigint: true })
      if (now.size === stats.size && now.mtimeNs === stats.mtimeNs && now.ctimeNs === stats.ctimeNs) return
      throw new DvError('DV_FILE_CHANGED', `The file '${path}' changed while it was read`, {
        data: { path },
        hint: 'try again when nothing writes to it',
      })
    },
    close: () => fs.closeSync(descriptor),
  }
}

interface Part {
  offset: number
  length: number
  path: string
}

function readAt(descriptor: number, { offset, length, path }: Part): Uint8Array {
  const bytes = Buffer.allocUnsafe(length)
  try {
    let done = 0
    for (let got = 1; got > 0 && done < length; done += got)
      got = fs.readSync(descriptor, bytes, done, length - done, offset + done)
    return bytes.subarray(0, done)
  } catch (error) {
    throw fromSystemError(error, 'read', path)
  }
}
