// Loaded before dv (node --import) in a process whose every change of the disk is to be known, and in each of its
// workers. All calls of node:fs that change something are taken apart into what the system is asked for one by one, and
// are written to the file DV_RECORD in the order in which they were carried out, over all threads. A call that is not
// known here throws: nothing is changed unseen.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'
import { CHANGES, RECORDED } from './calls.js'
import { encodeStep, type Step } from './steps.js'

type Callback = (error: Error | null, ...results: unknown[]) => void
type Data = string | NodeJS.ArrayBufferView

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = fs.constants
const real = { ...fs }
const log = real.openSync(process.env['DV_RECORD']!, 'a')
const turn = sharedTurn()

/** One thread at a time carries out a call and notes it. */
function sharedTurn(): Int32Array {
  if (isMainThread) setEnvironmentData('dv-recorder', new SharedArrayBuffer(4))
  return new Int32Array(getEnvironmentData('dv-recorder') as unknown as SharedArrayBuffer)
}

function inTurn<T>(work: () => T, stepOf: (result: T) => Step | undefined): T {
  while (Atomics.compareExchange(turn, 0, 0, 1) !== 0) Atomics.wait(turn, 0, 1, 100)
  try {
    const result = work()
    const step = stepOf(result)
    if (step) real.writevSync(log, encodeStep(step))
    return result
  } finally {
    Atomics.store(turn, 0, 0)
    Atomics.notify(turn, 0)
  }
}

function full(name: fs.PathLike): string {
  const given = path.resolve(name instanceof URL ? fileURLToPath(name) : String(name))
  // By way of an open directory: as files/open-parents.ts goes.
  return given.replace(/^\/proc\/self\/fd\/\d+(?=\/)/, (held) => real.readlinkSync(held))
}

function openSync(name: fs.PathLike, flags: fs.OpenMode = 'r', mode: fs.Mode = 0o666): number {
  const bits = typeof flags === 'number' ? flags : FLAGS[flags]!
  const file = full(name)
  const isThere = real.existsSync(file)
  return inTurn(
    () => real.openSync(name, flags, mode),
    (fd) => ({
      ...{ do: 'open', fd, path: file, mode: Number(mode), creates: (bits & O_CREAT) !== 0 && !isThere },
      ...{ truncates: (bits & O_TRUNC) !== 0 && isThere, appends: (bits & O_APPEND) !== 0 },
    }),
  )
}

const FLAGS: Record<string, number> = {
  ...{ r: 0, 'r+': O_RDWR, rs: 0, w: O_WRONLY | O_CREAT | O_TRUNC, wx: O_WRONLY | O_CREAT | O_EXCL },
  ...{ 'w+': O_RDWR | O_CREAT | O_TRUNC, 'wx+': O_RDWR | O_CREAT | O_EXCL, a: O_WRONLY | O_CREAT | O_APPEND },
  ax: O_WRONLY | O_CREAT | O_EXCL | O_APPEND,
}

function closeSync(fd: number): void {
  // Noted while the number cannot have been given out again.
  inTurn(
    () => real.closeSync(fd),
    () => ({ do: 'close', fd }),
  )
}

function writeSync(fd: number, data: Data, a?: unknown, b?: unknown, c?: unknown): number {
  const { bytes, at } = typeof data === 'string' ? textPart(data, a, b) : bufferPart(data, a, b, c)
  return inTurn(
    () => real.writeSync(fd, bytes, 0, bytes.length, at ?? null),
    (written) => ({ do: 'write', fd, at, bytes: bytes.subarray(0, written) }),
  )
}

function textPart(data: string, position: unknown, encoding: unknown) {
  return {
    bytes: Buffer.from(data, (encoding as BufferEncoding | undefined) ?? 'utf8'),
    at: typeof position === 'number' ? position : undefined,
  }
}

function bufferPart(data: NodeJS.ArrayBufferView, offset: unknown, length: unknown, position: unknown) {
  const options =
    typeof offset === 'object' && offset !== null ? (offset as Record<string, unknown>) : undefined
  const from = Number(options ? (options['offset'] ?? 0) : (offset ?? 0))
  const size = Number(
    options ? (options['length'] ?? data.byteLength - from) : (length ?? data.byteLength - from),
  )
  const at = options ? options['position'] : position
  return {
    bytes: Buffer.from(data.buffer, data.byteOffset + from, size),
    at: typeof at === 'number' ? at : undefined,
  }
}

function writevSync(fd: number, pieces: readonly NodeJS.ArrayBufferView[], position?: number | null): number {
  const at = typeof position === 'number' ? position : undefined
  const bytes = Buffer.concat(
    pieces.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  )
  return inTurn(
    () => real.writevSync(fd, pieces, position ?? undefined),
    (written) => ({ do: 'write', fd, at, bytes: bytes.subarray(0, written) }),
  )
}

function fsyncSync(fd: number): void {
  inTurn(
    () => real.fsyncSync(fd),
    () => ({ do: 'sync', fd }),
  )
}

function ftruncateSync(fd: number, size = 0): void {
  inTurn(
    () => real.ftruncateSync(fd, size),
    () => ({ do: 'truncate', fd, size: Number(size) }),
  )
}

function writeFileSync(file: fs.PathOrFileDescriptor, data: Data, given?: fs.WriteFileOptions): void {
  const {
    encoding,
    mode,
    flag = 'w',
    flush,
  } = typeof given === 'string' ? { encoding: given } : (given ?? {})
  const isOwn = typeof file !== 'number'
  const fd = isOwn ? openSync(file, flag, mode ?? 0o666) : file
  try {
    const bytes =
      typeof data === 'string'
        ? Buffer.from(data, encoding ?? 'utf8')
        : bufferPart(data, 0, undefined, undefined).bytes
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done)
    if (flush === true) fsyncSync(fd)
  } finally {
    if (isOwn) closeSync(fd)
  }
}

function appendFileSync(file: fs.PathOrFileDescriptor, data: string | Uint8Array): void {
  writeFileSync(file, data, { flag: 'a' })
}

function copyFileSync(from: fs.PathLike, to: fs.PathLike, flags = 0): void {
  const { mode } = real.statSync(from)
  const fd = openSync(to, (flags & fs.constants.COPYFILE_EXCL) !== 0 ? 'wx' : 'w', mode & 0o777)
  try {
    writeFileSync(fd, real.readFileSync(from))
  } finally {
    closeSync(fd)
  }
}

function mkdirSync(name: fs.PathLike, given?: fs.Mode | fs.MakeDirectoryOptions | null): string | undefined {
  const { recursive = false, mode } = typeof given === 'object' && given !== null ? given : { mode: given }
  const folder = full(name)
  if (recursive) return makeAll(folder, mode ?? undefined)
  inTurn(
    () => real.mkdirSync(name, mode ?? undefined),
    () => ({ do: 'mkdir', path: folder }),
  )
  return undefined
}

function makeAll(folder: string, mode: fs.Mode | undefined): string | undefined {
  if (real.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined
  const above = path.dirname(folder) === folder ? undefined : makeAll(path.dirname(folder), mode)
  try {
    mkdirSync(folder, mode)
    return above ?? folder
  } catch (error) {
    // Another thread was faster.
    if (real.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return above
    throw error
  }
}

function mkdtempSync(prefix: string): string {
  const folder = `${full(prefix)}${Math.random().toString(36).slice(2, 8)}`
  mkdirSync(folder, 0o700)
  return folder
}

function rmSync(name: fs.PathLike, { recursive = false, force = false }: fs.RmOptions = {}): void {
  const stat = real.lstatSync(name, { throwIfNoEntry: false })
  if (stat === undefined) {
    if (!force) real.rmSync(name)
  } else if (!stat.isDirectory()) changed.unlinkSync(name)
  else if (!recursive) real.rmSync(name)
  else {
    for (const entry of real.readdirSync(name)) rmSync(path.join(full(name), entry), { recursive, force })
    changed.rmdirSync(name)
  }
}

/** Calls that are one step each. */
function noted<A extends unknown[], R>(call: (...args: A) => R, stepOf: (...args: A) => Step) {
  return (...args: A): R =>
    inTurn(
      () => call(...args),
      () => stepOf(...args),
    )
}

const changed = {
  ...{ openSync, closeSync, writeSync, writevSync, fsyncSync, fdatasyncSync: fsyncSync, ftruncateSync },
  ...{ writeFileSync, appendFileSync, copyFileSync, mkdirSync, mkdtempSync, rmSync },
  unlinkSync: noted(real.unlinkSync, (name): Step => ({ do: 'unlink', path: full(name) })),
  rmdirSync: noted(
    (name: fs.PathLike) => real.rmdirSync(name),
    (name): Step => ({ do: 'rmdir', path: full(name) }),
  ),
  renameSync: noted(real.renameSync, (from, to): Step => ({ do: 'rename', path: full(from), to: full(to) })),
  linkSync: noted(real.linkSync, (from, to): Step => ({ do: 'link', path: full(from), to: full(to) })),
  symlinkSync: noted(
    (target: fs.PathLike, name: fs.PathLike) => real.symlinkSync(target, name),
    (target, name): Step => ({ do: 'symlink', path: full(name), target: String(target) }),
  ),
  chmodSync: noted(real.chmodSync, (name, mode): Step => ({
    do: 'chmod',
    path: full(name),
    mode: Number(mode),
  })),
  fchmodSync: noted(real.fchmodSync, (fd, mode): Step => ({ do: 'fchmod', fd, mode: Number(mode) })),
  // Times are no data: a crash may set any.
  ...{ utimesSync: real.utimesSync, futimesSync: real.futimesSync, lutimesSync: real.lutimesSync },
  fsync: later((fd: number) => fsyncSync(fd)),
  writev: later((fd: number, pieces: readonly NodeJS.ArrayBufferView[], position?: number | null) =>
    writevSync(fd, pieces, position),
  ),
}

/** The form with a callback: carried out later, so that who does not wait for it is found out. */
function later<A extends unknown[]>(work: (...args: A) => unknown) {
  return (...args: [...A, Callback]): void => {
    const callback = args.pop() as Callback
    setImmediate(() => {
      let result: unknown
      try {
        result = work(...(args as unknown as A))
      } catch (error) {
        return callback(error as Error)
      }
      callback(null, result, args[1])
    })
  }
}

/** How promisify() names the results of a call. */
function keepSymbols(from: object, to: object): void {
  for (const key of Object.getOwnPropertySymbols(from))
    Object.defineProperty(to, key, Object.getOwnPropertyDescriptor(from, key)!)
}

for (const name of RECORDED) if (!(name in changed)) throw new Error(`the recorder lacks fs.${name}()`)
for (const holder of [fs, fs.promises] as unknown as Record<string, unknown>[]) {
  for (const name of Object.keys(holder)) {
    const known = holder === (fs as unknown) ? (changed as Record<string, unknown>)[name] : undefined
    if (typeof holder[name] !== 'function' || (!CHANGES.test(name) && known === undefined)) continue
    const original = holder[name] as object
    const replaced =
      known ??
      (() => {
        throw new Error(`the recorder does not know fs.${name}()`)
      })
    keepSymbols(original, replaced as object)
    Object.defineProperty(holder, name, {
      value: replaced,
      configurable: true,
      writable: true,
      enumerable: true,
    })
  }
}
const openHandle = real.promises.open.bind(real.promises)
fs.promises.open = (name, flags = 'r', mode) => {
  if (flags !== 'r' && flags !== 0)
    throw new Error('the recorder does not know fs.promises.open() for writing')
  return openHandle(name, flags, mode)
}
syncBuiltinESMExports()
