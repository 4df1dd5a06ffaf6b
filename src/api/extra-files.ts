// Files in a dependency's folder that are not of it.
import fs from 'node:fs'
import path from 'node:path'
import { comparePaths } from '../base/index.js'
import { DEFAULT_IGNORE_TEXT, rootIgnoreScope } from '../workspace/index.js'

const ignored = rootIgnoreScope(DEFAULT_IGNORE_TEXT)

/** All files and links below a folder in manifest order, a directory at a time, but what systems and editors put
 * everywhere; no link is followed. */
export async function* filesBelow(
  folder: string,
  below = '',
): AsyncGenerator<[path: string, value: 'there'][]> {
  const names = fs.readdirSync(path.join(folder, below), { withFileTypes: true })
  for (const entry of names.sort((a, b) => comparePaths(a.name, b.name))) {
    if (ignored.ignores(entry.name, entry.isDirectory())) continue
    const at = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(folder, at)
    else yield [[at, 'there']]
  }
}
