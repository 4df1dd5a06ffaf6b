// The part of a worker that writes files of a checkout. Chunks are verified as they are read; a file appears under its
// name only when it is whole.
import fs from 'node:fs'
import { corrupt, DvError, fromSystemError } from '../base/index.js'
import type { ChunkId } from '../hash/index.js'
import { ID_BYTES } from '../hash/index.js'
import { ParentGuard } from '../files/index.js'
import type { ObjectStore } from '../store/index.js'
import { statOf } from './source-file.js'
import {
  type ChunkList,
  type FileStat,
  type FileToWrite,
  type FillTask,
  type PlaceTask,
  type PrepareTask,
  type RunnerOptions,
  type TaskResults,
  toPlainError,
  type WriteTask,
} from './tasks.js'

export class WriteRunner {
  readonly #options: RunnerOptions
  readonly #store: ObjectStore
  readonly #parents: ParentGuard
  #count = 0

  constructor(options: RunnerOptions, store: ObjectStore) {
    this.#options = options
    this.#store = store
    this.#parents = new ParentGuard(options.root)
  }

  async write({ files }: WriteTask): Promise<TaskResults['write']> {
    this.#parents.forget()
    const results: TaskResults['write'] = []
    for (const file of files) {
      try {
        results.push(await this.#writeFile(file))
      } catch (error) {
        const failure = fromSystemError(error, 'write', file.path)
        if (!(failure instanceof DvError)) throw failure
        results.push({ error: toPlainError(failure) })
      }
    }
    return results
  }

  async prepare({ temporary, size, executable }: PrepareTask): Promise<undefined> {
    const fd = fs.openSync(temporary, 'wx', modeOf(executable))
    try {
      fs.ftruncateSync(fd, size)
    } catch (error) {
      throw fromSystemError(error, 'write', temporary)
    } finally {
      fs.closeSync(fd)
    }
    return undefined
  }

  async fill({ temporary, offset, chunks }: FillTask): Promise<undefined> {
    const fd = fs.openSync(temporary, 'r+')
    try {
      await this.#copyChunks(fd, chunks, offset)
    } catch (error) {
      throw fromSystemError(error, 'write', temporary)
    } finally {
      fs.closeSync(fd)
    }
    return undefined
  }

  async place({ temporary, path }: PlaceTask): Promise<FileStat> {
    this.#parents.forget()
    const { size, mtimeNs, ctimeNs, ino } = fs.lstatSync(temporary, { bigint: true })
    return this.#rename(temporary, path, { size: Number(size), mtimeNs, ctimeNs, inode: ino })
  }

  async #writeFile({ path, executable, size, chunks }: FileToWrite): Promise<FileStat> {
    const temporary = `${this.#options.temporaryFolder}/${process.pid}-${threadName}-${this.#count++}`
    const fd = fs.openSync(temporary, 'wx', modeOf(executable))
    let written: FileStat
    try {
      const length = await this.#copyChunks(fd, chunks, 0)
      if (length !== size)
        throw corrupt(`The recipe of '${path}' gives ${length} bytes, not ${size}`, { path })
      written = statOf(fd)
    } catch (error) {
      fs.rmSync(temporary, { force: true })
      throw error
    } finally {
      fs.closeSync(fd)
    }
    return this.#rename(temporary, path, written)
  }

  async #copyChunks(fd: number, chunks: ChunkList, offset: number): Promise<number> {
    let at = offset
    for (let i = 0; i < chunks.lengths.length; i++) {
      const id = chunks.ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES) as ChunkId
      const bytes = await this.#store.readChunk(id)
      if (bytes.length !== chunks.lengths[i])
        throw corrupt('A recipe states another length than its chunk has')
      for (let done = 0; done < bytes.length;)
        done += fs.writeSync(fd, bytes, done, bytes.length - done, at + done)
      at += bytes.length
    }
    return at - offset
  }

  /** Puts a finished file in its place; the parents are looked at right before. The stat returned is that of what was
   * written: when another program changed the file already, it is one that matches nothing. */
  #rename(temporary: string, path: string, written: FileStat): FileStat {
    const full = `${this.#options.root}/${path}`
    try {
      this.#parents.check(path)
      fs.renameSync(temporary, full)
    } catch (error) {
      fs.rmSync(temporary, { force: true })
      throw error
    }
    const { size, mtimeNs, ctimeNs, ino } = fs.lstatSync(full, { bigint: true })
    const isOurs = ino === written.inode && mtimeNs === written.mtimeNs && Number(size) === written.size
    return isOurs ? { ...written, ctimeNs } : written
  }
}

const threadName = Math.random().toString(36).slice(2, 8)

function modeOf(executable: boolean): number {
  return executable ? 0o777 : 0o666
}
