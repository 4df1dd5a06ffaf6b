// Damage done to files of a store.
import fs from 'node:fs'
import path from 'node:path'

export function change(file: string, edit: (bytes: Buffer) => Buffer): void {
  fs.chmodSync(file, 0o644)
  fs.writeFileSync(file, edit(fs.readFileSync(file)))
}

/** Zeros where a content begins, in whichever pack of the store in a folder it is. Short contents are stored as they are. */
export function damageIn(store: string, content: string): void {
  const packs = path.join(store, 'packs')
  for (const name of fs.readdirSync(packs)) {
    const at = fs.readFileSync(path.join(packs, name)).indexOf(content)
    if (at >= 0) change(path.join(packs, name), (bytes) => bytes.fill(0, at, at + 3))
  }
}
