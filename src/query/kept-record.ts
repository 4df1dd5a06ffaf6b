// A small record that takes long to find out, kept in the folder under a name that says what it is of.
import fs from 'node:fs'
import { seal, unseal } from '../codec/index.js'
import type { DerivedFolder } from './derived-folder.js'

/** The record of that name; found out by `make` when it is not kept, or damaged. */
export async function keepRecord<T extends object>(
  folder: DerivedFolder,
  name: string,
  make: () => Promise<T>,
): Promise<T> {
  const kept = readRecord(folder, name)
  if (kept) return kept as T
  const made = await make()
  await folder.make(name, async (descriptor) => fs.writeFileSync(descriptor, seal(made)))
  return made
}

function readRecord(folder: DerivedFolder, name: string): object | undefined {
  if (!folder.has(name)) return undefined
  try {
    return unseal(fs.readFileSync(folder.file(name)), name)
  } catch {
    // Damaged is as good as gone: it is made anew.
    return undefined
  }
}
