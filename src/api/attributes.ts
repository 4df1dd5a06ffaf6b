// What `.dvattributes` files say of a path: those of a tree, or of the working directory.
import fs from 'node:fs'
import {
  ATTRIBUTES_BYTES_MAX,
  ATTRIBUTES_FILE,
  type AttributeRule,
  type Attributes,
  attributesOf,
  parseAttributes,
} from '../attributes/index.js'
import { assertNoSymlinkParents, openForReading } from '../files/index.js'
import type { ManifestId } from '../hash/index.js'
import { lookup } from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import { type TextForm, toUtf8 } from '../tables/index.js'
import { scanPath } from '../workspace/index.js'
import { bringFiles } from './bring.js'
import type { StoreView } from './context.js'
import { readFile } from './file-content.js'
import type { Work } from './types.js'

/** Of a path from the top. Throws DV_BAD_ATTRIBUTES. */
export type AttributesIn = (path: string) => Promise<Attributes>

export function treeAttributes(view: StoreView, tree: ManifestId, work: Work): AttributesIn {
  return resolver(async (file) => {
    const entry = await lookup(view.store, tree, file)
    if (!entry || !isFile(entry) || (await view.store.purged()).has(entry.content)) return undefined
    await bringFiles(view, [[entry as FileEntry]], work)
    const parts: Uint8Array[] = []
    const options = { length: LONGEST, ...(work.signal && { signal: work.signal }) }
    for await (const part of readFile(view.store, entry, options)) parts.push(Uint8Array.from(part))
    return Buffer.concat(parts)
  })
}

export function workingAttributes({ workdir }: StoreView): AttributesIn {
  const { root } = workdir!
  return resolver(async (file) => {
    const kind = scanPath(root, file)?.kind
    if (kind !== 'file' && kind !== 'executable') return undefined
    assertNoSymlinkParents(root, file)
    const descriptor = openForReading(root, file)
    try {
      const bytes = Buffer.alloc(LONGEST)
      return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, LONGEST, 0))
    } finally {
      fs.closeSync(descriptor)
    }
  })
}

/** One byte more shows that there is too much. */
const LONGEST = ATTRIBUTES_BYTES_MAX + 1

/** Each file is read once. */
function resolver(bytesOf: (file: string) => Promise<Uint8Array | undefined>): AttributesIn {
  const known = new Map<string, Promise<AttributeRule[]>>()
  const rulesIn = (directory: string) => {
    const found =
      known.get(directory) ?? read(directory === '' ? ATTRIBUTES_FILE : `${directory}/${ATTRIBUTES_FILE}`)
    known.set(directory, found)
    return found
  }
  const read = async (file: string) => {
    const bytes = await bytesOf(file)
    return bytes ? parseAttributes(bytes, file) : []
  }
  return (path) => attributesOf(path, rulesIn)
}

/** What is said of the form of a table's text; undefined when nothing is. */
export function formOf({ delimiter, header, types }: Attributes): TextForm | undefined {
  if (delimiter === undefined && header === undefined && types === undefined) return undefined
  return {
    ...(delimiter !== undefined && { delimiter }),
    ...(header !== undefined && { header }),
    ...(types !== undefined && { types }),
  }
}

/** The bytes of a table as UTF-8. */
export function asUtf8(
  bytes: AsyncIterable<Uint8Array>,
  { path, encoding = 'utf-8' }: Attributes & { path: string },
): AsyncIterable<Uint8Array> {
  return encoding === 'utf-8' ? bytes : toUtf8(bytes, { path, encoding })
}
