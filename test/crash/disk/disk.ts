// A folder on a disk as the system keeps it: what programs see, and what is sure to be there after a loss of power.
// The contents of a file are sure up to its last sync; a name in a folder is sure since that folder was synced. What is
// not sure may be there all the same, each part by itself.
import fs from 'node:fs'
import path from 'node:path'
import type { Step } from './steps.js'

export interface FileNode {
  kind: 'file'
  mode: number
  bytes: Buffer
  /** The contents at the last sync; nothing before the first. */
  sure: Buffer
  /** Writes and truncations since. */
  since: FileChange[]
}
export interface LinkNode {
  kind: 'link'
  target: string
}
export interface FolderNode {
  kind: 'folder'
  names: Map<string, Node>
  sure: Map<string, Node>
}
export type Node = FileNode | LinkNode | FolderNode

type FileChange = { at: number; bytes: Buffer } | { size: number }
/** What one call did to names. The halves of a rename are one: file systems do not tear them apart. */
export type NameChange = { folder: FolderNode; name: string; node: Node | undefined }[]

const NOTHING = Buffer.alloc(0)

export class Disk {
  readonly root: FolderNode
  /** Changes of names that are not sure, in their order. */
  unsure: NameChange[] = []
  readonly #path: string
  readonly #open = new Map<number, { node: Node; at: number; appends: boolean }>()

  /** As the folder at `root` is now, all of it sure. */
  constructor(root: string) {
    this.#path = root
    this.root = readFolder(root)
  }

  /** Carries out a step. False: it is about nothing in the folder, or changes nothing that a crash could show. */
  apply(step: Step): boolean {
    switch (step.do) {
      case 'open':
        return this.#openFile(step)
      case 'close':
        this.#open.delete(step.fd)
        return false
      case 'write':
        return this.#write(step.fd, step.at, step.bytes)
      case 'truncate':
        return this.#truncate(step.fd, step.size)
      case 'sync':
        return this.#sync(step.fd)
      case 'chmod':
        return setMode(this.#find(step.path), step.mode)
      case 'fchmod':
        return setMode(this.#open.get(step.fd)?.node, step.mode)
      default:
        return this.#changeNames(step)
    }
  }

  #openFile(step: Step & { do: 'open' }): boolean {
    const place = this.#place(step.path)
    if (!place) return false
    if (step.creates) {
      const made: FileNode = {
        kind: 'file',
        mode: step.mode & ~0o022,
        bytes: NOTHING,
        sure: NOTHING,
        since: [],
      }
      this.#rename([{ ...place, node: made }])
    }
    const node = this.#find(step.path)
    if (!node) return false
    this.#open.set(step.fd, { node, at: 0, appends: step.appends })
    if (step.truncates) this.#truncate(step.fd, 0)
    return step.creates || step.truncates
  }

  #write(fd: number, at: number | undefined, bytes: Buffer): boolean {
    const open = this.#open.get(fd)
    if (open?.node.kind !== 'file') return false
    const { node } = open
    const offset = open.appends ? node.bytes.length : (at ?? open.at)
    if (at === undefined) open.at = offset + bytes.length
    const change = { at: offset, bytes: Buffer.from(bytes) }
    node.bytes = changed(node.bytes, change)
    node.since.push(change)
    return true
  }

  #truncate(fd: number, size: number): boolean {
    const node = this.#open.get(fd)?.node
    if (node?.kind !== 'file') return false
    node.bytes = changed(node.bytes, { size })
    node.since.push({ size })
    return true
  }

  #sync(fd: number): boolean {
    const node = this.#open.get(fd)?.node
    if (node?.kind === 'file') {
      node.sure = node.bytes
      node.since = []
      return true
    }
    if (node?.kind !== 'folder') return false
    const own = this.unsure.filter((change) => change.some(({ folder }) => folder === node))
    own.forEach(keepNames)
    // What was done to these names before is overtaken.
    const overtaken = new Set(own.flat().map(({ folder, name }) => `${idOf(folder)} ${name}`))
    this.unsure = this.unsure
      .filter((change) => !own.includes(change))
      .map((change) => change.filter(({ folder, name }) => !overtaken.has(`${idOf(folder)} ${name}`)))
      .filter((change) => change.length > 0)
    return true
  }

  #changeNames(step: Step & { path: string }): boolean {
    const place = this.#place(step.path)
    const node = step.do === 'rename' || step.do === 'link' ? this.#find(step.path) : undefined
    const target = step.do === 'rename' || step.do === 'link' ? this.#place(step.to) : undefined
    if (!place && !target) return false
    switch (step.do) {
      case 'mkdir':
        this.#rename([{ ...place!, node: { kind: 'folder', names: new Map(), sure: new Map() } }])
        return true
      case 'symlink':
        this.#rename([{ ...place!, node: { kind: 'link', target: step.target } }])
        return true
      case 'unlink':
      case 'rmdir':
        this.#rename([{ ...place!, node: undefined }])
        return true
    }
    if (!place || !target || !node)
      throw new Error(`'${step.path}' comes into the folder, or leaves it: not modelled`)
    const arrival = { ...target, node }
    this.#rename(step.do === 'link' ? [arrival] : [arrival, { ...place, node: undefined }])
    return true
  }

  #rename(change: NameChange): void {
    for (const { folder, name, node } of change) setName(folder.names, name, node)
    this.unsure.push(change)
  }

  /** The folder a path lies in, and its name there; undefined: it is not below the root. */
  #place(full: string): { folder: FolderNode; name: string } | undefined {
    if (!full.startsWith(`${this.#path}${path.sep}`)) return undefined
    const folder = this.#find(path.dirname(full))
    if (folder?.kind !== 'folder') throw new Error(`'${path.dirname(full)}' is no folder of the model`)
    return { folder, name: path.basename(full) }
  }

  #find(full: string): Node | undefined {
    if (full !== this.#path && !full.startsWith(`${this.#path}${path.sep}`)) return undefined
    let node: Node | undefined = this.root
    for (const part of path.relative(this.#path, full).split(path.sep).filter(Boolean))
      node = node?.kind === 'folder' ? node.names.get(part) : undefined
    return node
  }
}

function readFolder(folder: string): FolderNode {
  const names = new Map<string, Node>()
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }))
    names.set(entry.name, readNode(path.join(folder, entry.name), entry))
  return { kind: 'folder', names, sure: new Map(names) }
}

function readNode(full: string, entry: fs.Dirent): Node {
  if (entry.isDirectory()) return readFolder(full)
  if (entry.isSymbolicLink()) return { kind: 'link', target: fs.readlinkSync(full) }
  const bytes = fs.readFileSync(full)
  return { kind: 'file', mode: fs.statSync(full).mode & 0o777, bytes, sure: bytes, since: [] }
}

function setMode(node: Node | undefined, mode: number): boolean {
  if (node?.kind !== 'file') return false
  node.mode = mode
  return true
}

export function setName(names: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node) names.set(name, node)
  else names.delete(name)
}

function keepNames(change: NameChange): void {
  for (const { folder, name, node } of change) setName(folder.sure, name, node)
}

/** The contents after one change, in a buffer of their own. */
export function changed(bytes: Buffer, change: FileChange): Buffer {
  if ('size' in change) {
    const cut = Buffer.alloc(change.size)
    bytes.copy(cut)
    return cut
  }
  const grown = Buffer.alloc(Math.max(bytes.length, change.at + change.bytes.length))
  bytes.copy(grown)
  change.bytes.copy(grown, change.at)
  return grown
}

const ids = new WeakMap<FolderNode, number>()
let lastId = 0

function idOf(folder: FolderNode): number {
  const id = ids.get(folder) ?? ++lastId
  ids.set(folder, id)
  return id
}
