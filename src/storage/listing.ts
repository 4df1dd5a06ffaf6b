import fs from 'node:fs'
import path from 'node:path'
import { systemCode } from '../base/index.js'
import { isNamePart } from './names.js'
import type { StoredName } from './port.js'
import { isVersionFolder } from './versions.js'

const OWN_FOLDERS = new Set(['tmp', 'cas', 'derived'])

/** Immutable objects under `root` whose names begin with `prefix`. Plain copies of mutable names are passed over,
 * and so is whatever cannot be an object's name. */
export function* iterFiles(root: string, prefix: string): Generator<StoredName> {
  yield* walk(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix)
}

/** Names with versions under `root`, that of the versions, deleted ones too. */
export function listVersionedNames(root: string, prefix: string, folder = ''): string[] {
  const entries = readFolder(path.join(root, folder)).map((entry) => entry.name)
  if (folder !== '' && isVersionFolder(entries)) return folder.startsWith(prefix) ? [folder] : []
  return entries
    .map((entry) => (folder === '' ? entry : `${folder}/${entry}`))
    .filter((name) => isNamePart(path.posix.basename(name)) && mayLead(name, prefix))
    .flatMap((name) => listVersionedNames(root, prefix, name))
}

function* walk(root: string, folder: string, prefix: string): Generator<StoredName> {
  const mutable = new Set(readFolder(path.join(root, 'cas', folder)).map((entry) => entry.name))
  for (const entry of readFolder(path.join(root, folder))) {
    const name = folder + entry.name
    if (!isNamePart(entry.name) || !mayLead(name, prefix)) continue
    if (entry.isDirectory()) {
      if (!OWN_FOLDERS.has(name)) yield* walk(root, `${name}/`, prefix)
    } else if (entry.isFile() && name.startsWith(prefix) && !mutable.has(entry.name)) {
      const stats = fs.lstatSync(path.join(root, name), { throwIfNoEntry: false })
      if (stats) yield { name, size: stats.size, modified: stats.mtimeMs }
    }
  }
}

/** Whether `name` begins with `prefix`, or names in the folder `name` may. */
function mayLead(name: string, prefix: string): boolean {
  return name.startsWith(prefix) || prefix.startsWith(`${name}/`)
}

function readFolder(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return []
    throw error
  }
}
