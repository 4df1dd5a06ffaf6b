import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** A new folder for one test, removed when the process ends. */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dv-test-'))
  folders.push(folder)
  return folder
}

const folders: string[] = []
process.on('exit', () => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true })
})

/** Files by path, with their text; a path that ends in '/' is a directory. */
export function fill(root: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    const full = path.join(root, name)
    fs.mkdirSync(name.endsWith('/') ? full : path.dirname(full), { recursive: true })
    if (!name.endsWith('/')) fs.writeFileSync(full, text)
  }
  return root
}

/** Every file and link below a folder, by its path from there. */
export function listed(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()
}
