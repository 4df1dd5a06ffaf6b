// Loaded before dv (node --import) in a process that is to meet a fault, and in each of its workers: from the N-th call
// on that changes the file system, the process is killed or the system refuses. Told by the environment:
// DV_FAULT_KIND  `count`, `kill`, or the system's code: `ENOSPC` (only what needs room fails), `EROFS`, `EACCES` (all that
//                takes a name fails), `EIO` (all that takes a file that is open fails)
// DV_FAULT_AT    N, from 1
// DV_FAULT_LOG   a file that grows by one byte a call, shared by all threads
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isMainThread } from 'node:worker_threads'

type AnyFunction = (...args: never[]) => unknown

/** What takes room on a disk. */
const GROWING = [
  'openSync',
  'writeSync',
  'writevSync',
  'writev',
  'writeFileSync',
  'appendFileSync',
  'mkdirSync',
  'copyFileSync',
]
const CHANGING = [
  ...GROWING,
  ...['renameSync', 'linkSync', 'symlinkSync', 'unlinkSync', 'rmSync', 'rmdirSync', 'truncateSync'],
  ...['ftruncateSync', 'chmodSync', 'fchmodSync', 'utimesSync', 'futimesSync', 'lutimesSync'],
]
/** What goes by a file that is open, when the disk itself fails. */
const ON_OPEN_FILES = ['writeSync', 'writevSync', 'writev', 'fsyncSync', 'fsync', 'ftruncateSync']
const WRITING = fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT

const kind = process.env['DV_FAULT_KIND'] ?? 'count'
const at = Number(process.env['DV_FAULT_AT'])
const real = { ...fs }
const log = real.openSync(process.env['DV_FAULT_LOG']!, 'a')

for (const name of new Set([...CHANGING, ...ON_OPEN_FILES])) {
  const original = (real as unknown as Record<string, AnyFunction>)[name]!
  const replaced = (...args: unknown[]) => {
    const error = changes(name, args) ? meet(name, original, args) : undefined
    const callback = args.at(-1)
    if (error && typeof callback === 'function')
      return setImmediate(callback as (error: Error) => void, error)
    if (error) throw error
    return Reflect.apply(original, fs, args) as unknown
  }
  // By these promisify() knows how to name the results.
  for (const key of Object.getOwnPropertySymbols(original))
    Object.defineProperty(replaced, key, Object.getOwnPropertyDescriptor(original, key)!)
  Object.assign(fs, { [name]: replaced })
}
syncBuiltinESMExports()

function changes(name: string, args: readonly unknown[]): boolean {
  if (kind === 'ENOSPC' && !GROWING.includes(name)) return false
  const isOpen = ON_OPEN_FILES.includes(name)
  if (kind === 'EIO' && !(isOpen && (args[0] as number) > 2)) return false
  if ((kind === 'EACCES' || kind === 'EROFS') && isOpen) return false
  // What needs no change succeeds on a file system that allows none.
  if (name === 'rmSync') return real.lstatSync(args[0] as string, { throwIfNoEntry: false }) !== undefined
  if (name === 'mkdirSync') return !real.existsSync(args[0] as string)
  if (name !== 'openSync') return true
  const flags = args[1] ?? 'r'
  return typeof flags === 'number' ? (flags & WRITING) !== 0 : flags !== 'r'
}

/** The error that the call is to end with; undefined: it goes on. */
function meet(name: string, original: AnyFunction, args: unknown[]): Error | undefined {
  real.writeSync(log, isMainThread ? '.' : 'w')
  if (kind === 'count' || real.fstatSync(log).size < at) return undefined
  if (kind === 'kill') die(name, original, args)
  return Object.assign(new Error(`${kind}: injected, ${name}`), { code: kind, syscall: name, errno: -1 })
}

/** What is being written gets half way. */
function die(name: string, original: AnyFunction, args: unknown[]): never {
  const bytes = args[1]
  if (name === 'writeSync' && bytes instanceof Uint8Array) {
    const offset = typeof args[2] === 'number' ? args[2] : 0
    const length = typeof args[3] === 'number' ? args[3] : bytes.length - offset
    const position = args[4] ?? null
    Reflect.apply(original, fs, [args[0], bytes, offset, length >> 1, position])
  }
  process.kill(process.pid, 'SIGKILL')
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
