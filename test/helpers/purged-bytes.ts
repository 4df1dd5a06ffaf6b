// Whether bytes that were purged lie anywhere: in files as they are, and in every block of every pack, decoded, whether or
// not an index names it.
import fs from 'node:fs'
import path from 'node:path'
import { asBuffer } from '../../src/base/index.js'
import { idKey } from '../../src/hash/index.js'
import { decodeBlock, scanBlocks, type ScannedBlock } from '../../src/pack/index.js'
import { idOf } from '../../src/store/index.js'

/** Names of the files that hold any of the markers. */
export function holdersOf(files: ReadonlyMap<string, Buffer>, markers: readonly Uint8Array[]): string[] {
  const bases = new Map<string, Uint8Array>()
  for (const block of blocksOf(files)) if (block.header.bases.length === 0) addItems(bases, block)
  const found = new Set<string>()
  const look = (name: string, bytes: Uint8Array) => {
    if (markers.some((marker) => asBuffer(bytes).includes(asBuffer(marker)))) found.add(name)
  }
  for (const [name, bytes] of files) look(name, bytes)
  for (const { name, header, bytes } of blocksOf(files)) {
    const full = header.bases.map((id) => bases.get(idKey(id)))
    // Without its base nobody can read it.
    if (full.every((base) => base !== undefined)) look(name, decodeBlock(bytes, header, full))
  }
  return [...found].sort()
}

/** Files below a folder, by their names. */
export function filesBelow(folder: string): Map<string, Buffer> {
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  const names = files.map((file) => path.join(file.parentPath, file.name))
  return new Map(names.map((name) => [name, fs.readFileSync(name)]))
}

/** Files below a folder that hold any of the markers. */
export function holdersBelow(folder: string, markers: readonly Uint8Array[]): string[] {
  return holdersOf(filesBelow(folder), markers)
}

type NamedBlock = ScannedBlock & { name: string; bytes: Buffer }

function* blocksOf(files: ReadonlyMap<string, Buffer>): Generator<NamedBlock> {
  for (const [name, bytes] of files) {
    if (path.basename(path.dirname(name)) !== 'packs') continue
    for (const block of scanBlocks(bytes)) yield { ...block, name, bytes: bytes.subarray(block.offset) }
  }
}

function addItems(all: Map<string, Uint8Array>, { header, bytes }: NamedBlock): void {
  const raw = decodeBlock(bytes, header)
  let offset = 0
  for (const { kind, length } of header.items) {
    const item = raw.subarray(offset, offset + length)
    all.set(idKey(idOf(kind, item)), item)
    offset += length
  }
}
