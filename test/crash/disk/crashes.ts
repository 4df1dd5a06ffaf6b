// What may be found on a disk after a crash: images of a Disk, and how they come into a folder.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import {
  changed,
  type Disk,
  type FileNode,
  type FolderNode,
  type LinkNode,
  type Node,
  setName,
} from './disk.js'

/** `killed`: the process died, and all it did is there. The others are losses of power. `lost`: nothing that was not
 * synced. `empty`: all names, but no contents that were not synced. `torn`: all names and sizes; of contents that were
 * not synced the first half, then zeros. `mixed`: of what was not synced some is there, drawn by lot. */
export const CRASHES = ['killed', 'lost', 'empty', 'torn', 'mixed'] as const
export type Crash = (typeof CRASHES)[number]

/** What lies at each path, folders included. */
export type Image = Map<string, { mode: number; bytes: Buffer } | LinkNode | 'folder'>

/** `lot` gives numbers from 0 to 1, for `mixed`. */
export function imageAfter(disk: Disk, crash: Crash, lot: () => number): Image {
  const names = namesAfter(disk, crash, lot)
  const image: Image = new Map()
  const contents = new Map<FileNode, Buffer>()
  const put = (folder: FolderNode, below: string) => {
    for (const [name, node] of names(folder)) {
      const at = below === '' ? name : `${below}/${name}`
      if (node.kind === 'folder') image.set(at, 'folder')
      else if (node.kind === 'link') image.set(at, node)
      else {
        if (!contents.has(node)) contents.set(node, contentsAfter(node, crash, lot))
        image.set(at, { mode: node.mode, bytes: contents.get(node)! })
      }
      if (node.kind === 'folder') put(node, at)
    }
  }
  put(disk.root, '')
  return image
}

function namesAfter(disk: Disk, crash: Crash, lot: () => number): (folder: FolderNode) => Map<string, Node> {
  if (crash === 'lost') return ({ sure }) => sure
  if (crash !== 'mixed') return ({ names }) => names
  const drawn = new Map<FolderNode, Map<string, Node>>()
  const namesOf = (folder: FolderNode) => {
    if (!drawn.has(folder)) drawn.set(folder, new Map(folder.sure))
    return drawn.get(folder)!
  }
  for (const change of disk.unsure)
    if (lot() < 0.5) for (const { folder, name, node } of change) setName(namesOf(folder), name, node)
  return namesOf
}

function contentsAfter({ bytes, sure, since }: FileNode, crash: Crash, lot: () => number): Buffer {
  if (crash === 'killed' || since.length === 0) return bytes
  if (crash === 'lost' || crash === 'empty') return sure
  const kept = crash === 'torn' ? since.length : Math.floor(lot() * (since.length + 1))
  const torn = since.slice(0, kept).reduce((now, change) => {
    if ('size' in change) return changed(now, change)
    const half = Buffer.alloc(change.bytes.length)
    change.bytes.copy(half, 0, 0, half.length >> 1)
    return changed(now, { at: change.at, bytes: half })
  }, sure)
  return torn
}

/** Equal for images that hold the same. */
export function fingerprint(image: Image): string {
  const hash = createHash('sha256')
  for (const [at, item] of [...image].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const what = item === 'folder' ? '/' : 'target' in item ? `>${item.target}` : digestOf(item.bytes)
    hash.update(`${at}\0${what}\n`)
  }
  return hash.digest('hex')
}

const digests = new WeakMap<Buffer, string>()

function digestOf(bytes: Buffer): string {
  const digest = digests.get(bytes) ?? createHash('sha256').update(bytes).digest('hex')
  digests.set(bytes, digest)
  return digest
}

/** A system takes longer than this to start again. */
const RESTART_S = 60

/** Puts an image in the place of what is in `folder`, as old as it would be. */
export function restoreImage(image: Image, folder: string, crash: Crash): void {
  const written = Date.now() / 1000 - (crash === 'killed' ? 0 : RESTART_S)
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  for (const [at, item] of image) {
    const full = path.join(folder, at)
    if (item === 'folder') fs.mkdirSync(full)
    else if ('target' in item) fs.symlinkSync(item.target, full)
    else {
      fs.writeFileSync(full, item.bytes, { mode: item.mode })
      fs.utimesSync(full, written, written)
    }
  }
}
