// What a comparison of contents is about to read, brought for many files at once.
import { isText, TEXT_BYTES_MAX } from '../diff/index.js'
import { type Entry, type FileEntry, isFile } from '../objects/index.js'
import { bringFiles } from './bring.js'
import type { StoreView } from './context.js'
import { readFile } from './file-content.js'
import type { Work } from './types.js'

interface TwoSides {
  before?: Entry | undefined
  after?: Entry | undefined
}

/** How the files are made of chunks, and all of those that are text, told by their first bytes. */
export async function bringForDiff(view: StoreView, changes: readonly TwoSides[], work: Work): Promise<void> {
  const purged = await view.store.purged()
  const all = changes.flatMap(({ before, after }) => [before, after]).filter(isWanted)
  const files = all.filter(({ content }) => !purged.has(content))
  await bringFiles(view, [files], { ...work, recipesOnly: true })
  const small = files.filter(({ size }) => size <= TEXT_BYTES_MAX)
  await bringFiles(view, [small], { ...work, range: { length: 1 } })
  await bringFiles(view, textsAmong(view, small), work)
}

async function* textsAmong({ store }: StoreView, files: readonly FileEntry[]): AsyncGenerator<FileEntry[]> {
  for (const file of files) {
    const { value: head } = await readFile(store, file).next()
    if (head && isText(head)) yield [file]
  }
}

function isWanted(entry: Entry | undefined): entry is FileEntry {
  return entry !== undefined && isFile(entry) && entry.size > 0
}
