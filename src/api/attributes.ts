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
import { parentPath } from '../base/index.js'
import { assertNoSymlinkParents, openForReading } from '../files/index.js'
import type { ManifestId } from '../hash/index.js'
import { lookup } from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import { toUtf8 } from '../tables/index.js'
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

/** Of directories that are remembered: a tree may have a million. */
const KNOWN_MAX = 10_000

/** Each file is read once; of paths in order, those of a directory that nothing is said of cost next to nothing. */
function resolver(bytesOf: (file: string) => Promise<Uint8Array | undefined>): AttributesIn {
  const known = new Map<string, Promise<AttributeRule[]>>()
  const rulesIn = (directory: string) => {
    const found =
      known.get(directory) ?? read(directory === '' ? ATTRIBUTES_FILE : `${directory}/${ATTRIBUTES_FILE}`)
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(directory, found)
    return found
  }
  const read = async (file: string) => {
    const bytes = await bytesOf(file)
    return bytes ? parseAttributes(bytes, file) : []
  }
  let quiet: string | undefined
  return async (path) => {
    const directory = parentPath(path)
    if (directory === quiet) return {}
    let said = 0
    const found = await attributesOf(path, async (above) => {
      const rules = await rulesIn(above)
      said += rules.length
      return rules
    })
    if (said === 0) quiet = directory
    return found
  }
}

/** The bytes of a table as UTF-8. */
export function asUtf8(
  bytes: AsyncIterable<Uint8Array>,
  { path, encoding = 'utf-8' }: Attributes & { path: string },
): AsyncIterable<Uint8Array> {
  return encoding === 'utf-8' ? bytes : toUtf8(bytes, { path, encoding })
}
