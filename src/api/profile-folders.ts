// What folders hold: counted while their entries come by, in memory that does not grow with them.
import { baseName } from '../base/index.js'
import { extensionOf } from '../expression/index.js'
import { isImageName } from '../images/index.js'
import type { FileAt } from './kept-files.js'
import type { FolderProfile, FormatProfile } from './profile-results.js'
import { directoriesOf, isBelow } from './usage.js'

export interface FolderCounts {
  path: string
  files: number
  bytes: number
  formats: Map<string, FormatProfile>
  images: { files: number; some: FileAt[] }
  /** It is no folder but a table, which was named by itself. */
  isTable: boolean
}

/** With a format: a table. */
export type CountedFile = FileAt & { format?: string }

/** Images of a folder that are looked at. */
const IMAGES_LOOKED = 1000
/** Endings that are told apart, and told. */
const ENDINGS = 1000
const ENDINGS_SHOWN = 20

/** Counts of the directory `above` and of those to `depth` below it, each behind what is in it. Files come in the order of paths. */
export async function* countFolders(
  batches: AsyncIterable<readonly CountedFile[]>,
  { above, depth }: { above: string; depth: number },
): AsyncGenerator<FolderCounts> {
  const whole = emptyFolder(above)
  const open: FolderCounts[] = []
  for await (const batch of batches) {
    for (const file of batch) {
      while (open.length > 0 && !isBelow(file.path, open.at(-1)!.path)) yield open.pop()!
      for (const directory of directoriesOf(file.path, { above, depth }).slice(open.length))
        open.push(emptyFolder(directory))
      for (const folder of [whole, ...open]) addFile(folder, file)
    }
  }
  while (open.length > 0) yield open.pop()!
  yield whole
}

function emptyFolder(path: string): FolderCounts {
  return { path, files: 0, bytes: 0, formats: new Map(), images: { files: 0, some: [] }, isTable: false }
}

function addFile(folder: FolderCounts, file: CountedFile): void {
  const { size } = file.entry
  folder.files++
  folder.isTable ||= file.path === folder.path && file.format !== undefined
  folder.bytes += size
  const ending = extensionOf(baseName(file.path))
  const key = folder.formats.has(ending) || folder.formats.size < ENDINGS ? ending : '…'
  const format = folder.formats.get(key) ?? { extension: key, files: 0, bytes: 0 }
  folder.formats.set(key, { extension: key, files: format.files + 1, bytes: format.bytes + size })
  if (isImageName(file.path)) addImage(folder.images, file)
}

/** Those with the smallest content ids are as good as chosen by lot, and the same ones every time. */
function addImage(images: FolderCounts['images'], file: FileAt): void {
  images.files++
  images.some.push(file)
  if (images.some.length >= 2 * IMAGES_LOOKED) images.some = chosen(images.some)
}

function chosen(images: readonly FileAt[]): FileAt[] {
  return [...images].sort((a, b) => Buffer.compare(a.entry.content, b.entry.content)).slice(0, IMAGES_LOOKED)
}

export function chosenImages({ images }: FolderCounts): FileAt[] {
  return chosen(images.some)
}

export function folderProfile({ path, files, bytes, formats }: FolderCounts): FolderProfile {
  const all = [...formats.values()].sort((a, b) => b.files - a.files || (a.extension < b.extension ? -1 : 1))
  const rest = all.slice(ENDINGS_SHOWN)
  const others = {
    extension: '…',
    files: rest.reduce((sum, one) => sum + one.files, 0),
    bytes: rest.reduce((sum, one) => sum + one.bytes, 0),
  }
  return {
    path,
    files,
    bytes,
    formats: [...all.slice(0, ENDINGS_SHOWN), ...(rest.length > 0 ? [others] : [])],
  }
}
