// One process at a time changes a working directory. The lock is the file `.dv/lock`, made with its whole content by
// link(), which fails when there is one. The lock of a process that has ended is taken over:
//
// 1. Whoever wants to succeed a dead record X first makes the claim file `lock.X`, again by link(): one at a time.
// 2. Holding the claim it looks again: the lock must still be X. From here on nobody else may replace X.
// 3. It renames its own record over the lock, then removes the claim.
// 4. A claim may die too: its record has a name of its own, so it is succeeded in the same way, and step 2 then looks
//    at the whole chain again.
import fs from 'node:fs'
import { DvError, fromSystemError, fromUtf8, randomHex, systemCode, utf8 } from '../base/index.js'
import { discardFile, replaceFile, temporaryName } from '../files/index.js'
import { hasEnded, type ProcessIdentity, thisProcess } from './process-identity.js'

export interface WorkdirLock {
  /** Idempotent. Called at the end of the process too, unless it is killed. */
  release(): void
}

interface LockRecord extends ProcessIdentity {
  nonce: string
  /** ISO 8601. */
  since: string
}

/** Takes the lock in `dvDir`. Throws DV_LOCKED, naming who holds it, when a living process does. */
export function lockWorkdir(dvDir: string): WorkdirLock {
  const lock = `${dvDir}/lock`
  const mine: LockRecord = {
    ...thisProcess(),
    nonce: randomHex(12),
    since: new Date().toISOString(),
  }
  const draft = temporaryName(lock)
  try {
    fs.writeFileSync(draft, JSON.stringify(mine), { flag: 'wx' })
    while (!createFrom(draft, lock)) {
      const holder = readRecord(lock)
      if (holder === undefined) continue
      if (succeed([{ file: lock, record: holder }], draft)) break
    }
  } catch (error) {
    throw fromSystemError(error, 'lock', dvDir)
  } finally {
    discardFile(draft)
  }
  return held(lock, mine)
}

/** Locks to be released when the process ends: one listener for all of them. */
const releases = new Set<() => void>()

function held(lock: string, mine: LockRecord): WorkdirLock {
  let isHeld = true
  const release = () => {
    releases.delete(release)
    if (releases.size === 0) process.off('exit', releaseAll)
    // Where it cannot be removed it is succeeded when this process has ended.
    if (isHeld && readRecord(lock)?.nonce === mine.nonce) discardFile(lock)
    isHeld = false
  }
  if (releases.size === 0) process.once('exit', releaseAll)
  releases.add(release)
  return { release }
}

function releaseAll(): void {
  for (const release of releases) release()
}

/** So many processes do not die one after the other while they take over one lock. */
const CHAIN_MAX = 64

interface Link {
  file: string
  record: LockRecord
}

/** Puts the draft in the place of the first of a chain of dead records, each the claim on the one before. False: the
 * chain has changed, look again. Throws DV_LOCKED when its last member lives. */
function succeed(chain: Link[], draft: string): boolean {
  const [first, last] = [chain[0]!, chain.at(-1)!]
  if (!hasEnded(last.record) || chain.length > CHAIN_MAX) throw locked(first.file, last.record)
  const claim = `${first.file}.${last.record.nonce}`
  if (!createFrom(draft, claim)) {
    const record = readRecord(claim)
    if (record === undefined) return false
    return succeed([...chain, { file: claim, record }], draft)
  }
  const isUnchanged = chain.every(({ file, record }) => readRecord(file)?.nonce === record.nonce)
  if (isUnchanged) {
    const copy = temporaryName(first.file)
    fs.copyFileSync(draft, copy, fs.constants.COPYFILE_EXCL)
    replaceFile(copy, first.file)
    for (const { file } of chain.slice(1)) fs.rmSync(file, { force: true })
  }
  fs.rmSync(claim, { force: true })
  return isUnchanged
}

/** Makes `file` with the content of the draft unless there is one already. */
function createFrom(draft: string, file: string): boolean {
  try {
    fs.linkSync(draft, file)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'].includes(systemCode(error) ?? '')) throw error
  }
  try {
    fs.copyFileSync(draft, file, fs.constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** A record that cannot be read is being written, by a file system without links; after this it is litter. */
const UNFINISHED_MS = 10_000

/** The record in a file; undefined when there is no file. */
function readRecord(file: string): LockRecord | undefined {
  try {
    const bytes = fs.readFileSync(file)
    return parseRecord(bytes) ?? unreadable(file)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function parseRecord(bytes: Uint8Array): LockRecord | undefined {
  try {
    const { pid, host, realm, started, nonce, since } = JSON.parse(fromUtf8(bytes)) as Record<string, unknown>
    const isWhole =
      Number.isSafeInteger(pid) &&
      (pid as number) > 0 &&
      typeof nonce === 'string' &&
      /^[0-9a-f]{24}$/.test(nonce)
    if (!isWhole) return undefined
    const text = (value: unknown) => (typeof value === 'string' ? value : '')
    const identity = { pid: pid as number, host: text(host), realm: text(realm), started: text(started) }
    return { ...identity, nonce, since: text(since) }
  } catch {
    return undefined
  }
}

/** Stands for a damaged record: of nobody known, and ended once it is old enough. */
function unreadable(file: string): LockRecord {
  const { mtimeMs, ino } = fs.lstatSync(file)
  const nonce = utf8(`${ino} ${mtimeMs}`).toString('hex').slice(-24)
  const since = new Date(mtimeMs).toISOString()
  const { host, realm } = thisProcess()
  const isOld = Date.now() - mtimeMs > UNFINISHED_MS
  return { pid: isOld ? NO_PID : process.pid, host, realm, started: '', nonce, since }
}

/** Above every system's largest pid. */
const NO_PID = 2 ** 31 - 1

function locked(file: string, { pid, host, since }: LockRecord): DvError {
  return new DvError(
    'DV_LOCKED',
    `Process ${pid} on '${host}' has been at work in this working directory since ${since}`,
    {
      data: { pid, host, since, lock: file },
      hint: `wait for it to end; if it runs on another machine and is gone, delete '${file}'`,
    },
  )
}
