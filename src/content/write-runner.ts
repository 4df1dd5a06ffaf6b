// The part of a worker that writes files of a checkout. Chunks are verified as they are read. A file appears under its
// name only when it is whole, or where nothing stood and a checkout on record knows of it (spec/decisions/0012).
import fs from 'node:fs'
import {
  corrupt,
  DvError,
  fromSystemError,
  isDvError,
  isLoss,
  type PlainError,
  systemCode,
  toPlainError,
} from '../base/index.js'
import { ID_BYTES } from '../hash/index.js'
import { discardFile, OpenParents, placeFile } from '../files/index.js'
import { ChunkRun, type ObjectStore } from '../store/index.js'
import { copyChunks } from './copy-chunks.js'
import { statOf } from './source-file.js'
import {
  type ChunkList,
  FILE_FLAGS,
  type FileStat,
  type FillTask,
  type PlaceTask,
  type PrepareTask,
  type RunnerOptions,
  type TaskResults,
  type WriteTask,
} from './tasks.js'

interface FileToWrite {
  path: string
  size: number
  flags: number
  chunks: ChunkList
}

export class WriteRunner {
  readonly #options: RunnerOptions
  readonly #chunks: ChunkRun
  readonly #parents: OpenParents
  #count = 0

  constructor(options: RunnerOptions, store: ObjectStore) {
    this.#options = options
    this.#chunks = new ChunkRun(store)
    this.#parents = new OpenParents(options.root)
  }

  async write({ files }: WriteTask): Promise<TaskResults['write']> {
    const stats = new BigInt64Array(3 * files.paths.length)
    const lost = new Map<number, PlainError>()
    let at = 0
    this.#parents.forget()
    for (const file of eachFile(files)) {
      try {
        const isFresh = (file.flags & FILE_FLAGS.fresh) !== 0
        const stat = isFresh ? await this.#writeInPlace(file) : await this.#replace(file)
        stats.set([stat.mtimeNs, stat.ctimeNs, stat.inode], 3 * at)
      } catch (error) {
        const failure = fromSystemError(error, 'write', file.path)
        if (!(failure instanceof DvError)) throw failure
        if (!isLoss(failure)) {
          this.#parents.forget()
          return { stats: stats.slice(0, 3 * at), lost, error: toPlainError(failure) }
        }
        lost.set(at, toPlainError(failure))
      }
      at++
    }
    this.#parents.forget()
    return { stats, lost }
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
      await copyChunks(this.#chunks, fd, chunks, offset)
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
    try {
      return this.#rename(temporary, path, { size: Number(size), mtimeNs, ctimeNs, inode: ino })
    } finally {
      this.#parents.forget()
    }
  }

  /** Never follows a link and never takes the place of anything: whoever made a file there meanwhile keeps it. */
  async #writeInPlace(file: FileToWrite): Promise<FileStat> {
    try {
      return await this.#writeNew(this.#parents.at(file.path), file, () => this.#discard(file.path))
    } catch (error) {
      throw systemCode(error) === 'EEXIST' ? appeared(file.path) : error
    }
  }

  async #replace(file: FileToWrite): Promise<FileStat> {
    const temporary = `${this.#options.temporaryFolder}/${process.pid}-${threadName}-${this.#count++}`
    const stat = await this.#writeNew(temporary, file, () => discardFile(temporary))
    return this.#rename(temporary, file.path, stat)
  }

  async #writeNew(
    full: string,
    { path, size, flags, chunks }: FileToWrite,
    discard: () => void,
  ): Promise<FileStat> {
    const fd = fs.openSync(full, 'wx', modeOf((flags & FILE_FLAGS.executable) !== 0))
    try {
      const length = await copyChunks(this.#chunks, fd, chunks, 0)
      if (length !== size)
        throw corrupt(`The recipe of '${path}' gives ${length} bytes, not ${size}`, { path })
      return statOf(fd)
    } catch (error) {
      discard()
      throw error
    } finally {
      fs.closeSync(fd)
    }
  }

  /** Removes what could not be finished, unless a link has taken the place of a parent: what lies beyond is not ours. */
  #discard(path: string): void {
    try {
      this.#parents.forget()
      discardFile(this.#parents.at(path))
    } catch (error) {
      if (!isDvError(error)) throw error
    }
  }

  /** Puts a finished file in its place; the parents are looked at right before. The stat returned is that of what was
   * written: when another program changed the file already, it is one that matches nothing. */
  #rename(temporary: string, path: string, written: FileStat): FileStat {
    let full: string
    try {
      full = this.#parents.at(path)
    } catch (error) {
      discardFile(temporary)
      throw error
    }
    placeFile(temporary, full, path)
    const { size, mtimeNs, ctimeNs, ino } = fs.lstatSync(full, { bigint: true })
    const isOurs = ino === written.inode && mtimeNs === written.mtimeNs && Number(size) === written.size
    return isOurs ? { ...written, ctimeNs } : written
  }
}

function* eachFile({ paths, sizes, flags, counts, chunks }: WriteTask['files']): Generator<FileToWrite> {
  let from = 0
  for (const [i, path] of paths.entries()) {
    const to = from + counts[i]!
    const own = {
      ids: chunks.ids.subarray(from * ID_BYTES, to * ID_BYTES),
      lengths: chunks.lengths.subarray(from, to),
    }
    yield { path, size: sizes[i]!, flags: flags[i]!, chunks: own }
    from = to
  }
}

const threadName = Math.random().toString(36).slice(2, 8)

function modeOf(executable: boolean): number {
  return executable ? 0o777 : 0o666
}

function appeared(path: string): DvError {
  return new DvError('DV_FILE_CHANGED', `Something was made at '${path}' while dv was about to write there`, {
    data: { path },
    hint: "it is as that left it; look at 'dv status', then run the command again",
  })
}
