// What holds for a path: said by the files above it, the nearest one last.
import { parentPath } from '../base/index.js'
import type { AttributeRule, Attributes } from './attributes.js'

/** `rulesIn`: those of a directory's own file, none where there is none. Later lines, and files nearer to the path, decide, for each
 * attribute by itself. */
export async function attributesOf(
  path: string,
  rulesIn: (directory: string) => Promise<readonly AttributeRule[]>,
): Promise<Attributes> {
  const result: Attributes = {}
  for (const directory of directoriesAbove(path)) {
    const inner = directory === '' ? path : path.slice(directory.length + 1)
    for (const { matches, attributes } of await rulesIn(directory)) {
      if (matches(inner)) Object.assign(result, attributes)
    }
  }
  return result
}

function directoriesAbove(path: string): string[] {
  const found: string[] = []
  for (let at = parentPath(path); ; at = parentPath(at)) {
    found.unshift(at)
    if (at === '') return found
  }
}
