import fs from 'node:fs'
import { asBuffer, corrupt, systemCode } from '../base/index.js'
import type { WantedRange } from './port.js'

/** A stored file open for reading. Stored files never change, so its size is known once. */
export interface OpenFile {
  fd: number
  size: number
}

const OPEN_FILES_MAX = 32
// Never through a symbolic link, never waiting for the other end of a pipe that someone put there.
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0)

/** Opens a regular file for reading. Undefined when there is none; DV_CORRUPT for a symbolic link in its place. */
export function openStored(path: string): OpenFile | undefined {
  let fd: number
  try {
    fd = fs.openSync(path, FLAGS)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === 'ELOOP') throw corrupt(`'${path}' is a symbolic link, which a store never holds`, { path })
    throw error
  }
  const stat = fs.fstatSync(fd)
  if (stat.isFile()) return { fd, size: stat.size }
  fs.closeSync(fd)
  return undefined
}

/** Reads `length` bytes at `offset`. Throws DV_CORRUPT when the file ends before. */
export function readFully(file: OpenFile, path: string, wanted: WantedRange): Buffer {
  const { into, ...range } = wanted
  const bytes = into ? asBuffer(into) : Buffer.allocUnsafe(range.length)
  let done = 0
  while (done < range.length) {
    const count = fs.readSync(
      file.fd,
      bytes,
      done,
      Math.min(range.length - done, 2 ** 30),
      range.offset + done,
    )
    if (count === 0)
      throw corrupt(`'${path}' ends ${range.length - done} bytes too early`, { path, ...range })
    done += count
  }
  return bytes
}

/** The whole of a small stored file, or undefined when it is not there. */
export function readStored(path: string): Buffer | undefined {
  const file = openStored(path)
  if (file === undefined) return undefined
  try {
    return readFully(file, path, { offset: 0, length: file.size })
  } finally {
    fs.closeSync(file.fd)
  }
}

/** Keeps the files read last open: a pack is read at many ranges. */
export class Descriptors {
  readonly #open = new Map<string, OpenFile>()

  get(path: string): OpenFile | undefined {
    const file = this.#open.get(path) ?? openStored(path)
    if (file === undefined) return undefined
    this.#open.delete(path)
    this.#open.set(path, file)
    if (this.#open.size > OPEN_FILES_MAX) this.forget(this.#open.keys().next().value!)
    return file
  }

  forget(path: string): void {
    const file = this.#open.get(path)
    if (file !== undefined && this.#open.delete(path)) fs.closeSync(file.fd)
  }

  close(): void {
    for (const path of [...this.#open.keys()]) this.forget(path)
  }
}
