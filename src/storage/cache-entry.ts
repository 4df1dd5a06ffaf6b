// One entry of the cache on disk: bytes and their checksum in a file that appears whole.
import fs from 'node:fs'
import path from 'node:path'
import { randomHex, sameBytes } from '../base/index.js'
import { checksum } from '../hash/index.js'
import { removeQuietly } from './publish.js'

const SUM_BYTES = 32
/** When an entry was used is noted no more often than this. */
const USED_EVERY_MS = 60 * 60 * 1000

/** Undefined when it is gone or damaged: then it is fetched again. */
export function readEntry(file: string): Uint8Array | undefined {
  try {
    const whole = fs.readFileSync(file)
    const bytes = whole.subarray(0, -SUM_BYTES)
    if (!sameBytes(whole.subarray(-SUM_BYTES), checksum(bytes))) throw new Error('damaged')
    const now = Date.now()
    if (now - fs.statSync(file).mtimeMs > USED_EVERY_MS) fs.utimesSync(file, now / 1000, now / 1000)
    return bytes
  } catch {
    removeQuietly(file)
    return undefined
  }
}

/** In the place of what is there. Whether it could be written; `root` is the folder of the whole cache. */
export function writeEntry(root: string, file: string, bytes: Uint8Array): boolean {
  const temporary = path.join(root, 'tmp', `${process.pid}-${randomHex(8)}`)
  try {
    fs.mkdirSync(path.dirname(temporary), { recursive: true })
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(temporary, Buffer.concat([bytes, checksum(bytes)]), { flag: 'wx' })
    fs.renameSync(temporary, file)
    return true
  } catch {
    // A full disk, or a home that cannot be written: reading goes on without.
    removeQuietly(temporary)
    return false
  }
}
