// What a folder holds, so that nothing can change in it unseen.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

/** A row for everything below a folder: its path, kind and mode, and of a file its inode and a digest of its bytes, of a link
 * where it leads. `except`: paths below it that are left out, with all below them. */
export function watched(folder: string, except: readonly string[] = []): string[] {
  const rows: string[] = []
  const walk = (below: string) => {
    for (const entry of fs.readdirSync(path.join(folder, below), { withFileTypes: true })) {
      const name = path.join(below, entry.name)
      if (except.includes(name)) continue
      const full = path.join(folder, name)
      rows.push(`${name} ${fs.lstatSync(full).mode.toString(8)} ${contentOf(full, entry)}`)
      if (entry.isDirectory()) walk(name)
    }
  }
  walk('')
  return rows.sort()
}

function contentOf(full: string, entry: fs.Dirent): string {
  if (entry.isSymbolicLink()) return `-> ${fs.readlinkSync(full)}`
  if (!entry.isFile()) return ''
  const digest = createHash('sha256').update(fs.readFileSync(full)).digest('hex')
  return `${fs.lstatSync(full).ino} ${digest.slice(0, 16)}`
}
