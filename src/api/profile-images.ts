// What the images of a folder are, by their headers. Kept by the ids of their contents.
import { isDvError, utf8 } from '../base/index.js'
import { checksum, toHex } from '../hash/index.js'
import type { ImageShape } from '../images/index.js'
import { type DerivedFolder, keepRecord } from '../query/index.js'
import type { StoreView } from './context.js'
import { type FileAt, imageShape } from './kept-files.js'
import type { ImageKind, ImagesProfile } from './profile-results.js'
import type { Work } from './types.js'

const KINDS = 20

export interface ImagesLooked {
  view: StoreView
  folder: DerivedFolder
  work: Work
}

/** `all`: how many there are; `some`: those that are looked at. */
export async function profileImages(
  looked: ImagesLooked,
  { all, some }: { all: number; some: readonly FileAt[] },
): Promise<ImagesProfile> {
  const ids = some.map(({ entry }) => toHex(entry.content)).join('\n')
  const name = `images-${toHex(checksum(utf8(ids)))}.json`
  const { kinds, unreadable } = await keepRecord(looked.folder, name, () => lookAt(looked, some))
  return { files: all, looked: some.length, unreadable, kinds }
}

type Kinds = Pick<ImagesProfile, 'kinds' | 'unreadable'>

async function lookAt({ view, work }: ImagesLooked, some: readonly FileAt[]): Promise<Kinds> {
  const kinds = new Map<string, ImageKind>()
  let unreadable = 0
  // What has to be brought into a working directory's store is brought by one.
  const atOnce = view.workdir ? 1 : 16
  for (let at = 0; at < some.length; at += atOnce) {
    work.signal?.throwIfAborted()
    work.onProgress?.({ phase: 'looking at images', done: at, total: some.length, unit: 'files' })
    const shapes = some.slice(at, at + atOnce).map(async (file) => shapeOrNone(view, file, work))
    for (const shape of await Promise.all(shapes)) {
      if (shape) add(kinds, shape)
      else unreadable++
    }
  }
  const sorted = [...kinds.values()].sort((a, b) => b.files - a.files)
  return { kinds: sorted.slice(0, KINDS), unreadable }
}

async function shapeOrNone(view: StoreView, file: FileAt, work: Work): Promise<ImageShape | undefined> {
  const { signal } = work
  try {
    return await imageShape(view, file, signal ? { signal } : {})
  } catch (error) {
    if (isDvError(error, 'DV_BAD_IMAGE') || isDvError(error, 'DV_PURGED')) return undefined
    throw error
  }
}

function add(kinds: Map<string, ImageKind>, shape: ImageShape): void {
  const key = JSON.stringify(shape)
  const known = kinds.get(key) ?? { ...shape, files: 0 }
  kinds.set(key, { ...known, files: known.files + 1 })
}
