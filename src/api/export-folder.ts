// An export into a folder: made beside it under a name that engines pass over, and renamed when it is whole.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, systemCode, unusedHex } from '../base/index.js'
import { syncDirectory } from '../files/index.js'
import { PARTITION } from '../query/index.js'
import { discardStaging, type ExportPlace, RECORD } from './export-place.js'

/** Made by a process that was killed: nobody alive takes so long from one part to the next. */
const ABANDONED = new RegExp(`^\\.${PARTITION}=[0-9a-f]{64}\\..*\\.tmp$`)
const ABANDONED_MS = 24 * 60 * 60 * 1000

/** `folder`: of this commit's export. */
export function exportToFolder(folder: string): ExportPlace {
  const staging = path.join(path.dirname(folder), `.${path.basename(folder)}.${unusedHex()}.tmp`)
  const attempt = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw fromSystemError(error, 'write', folder)
    }
  }
  return {
    location: folder,
    record: async () => attempt(() => readRecordFile(folder)),
    present: async () =>
      attempt(() => new Map(fs.readdirSync(folder).map((name) => [name, sizeOf(path.join(folder, name))]))),
    begin: async () => {
      attempt(() => {
        fs.mkdirSync(staging, { recursive: true })
        removeAbandoned(path.dirname(folder))
      })
      return staging
    },
    add: async ({ name }) => attempt(() => syncFile(path.join(staging, name))),
    finish: async (record) => attempt(() => finish({ staging, folder, record })),
    close: () => discardStaging(staging),
  }
}

function readRecordFile(folder: string): Uint8Array | undefined {
  const record = path.join(folder, RECORD)
  if (fs.existsSync(record)) return fs.readFileSync(record)
  if (!fs.existsSync(folder) || fs.readdirSync(folder).length === 0) return undefined
  throw new DvError('DV_WOULD_OVERWRITE', `'${folder}' is there, and no export of dv`, {
    data: { paths: [folder] },
    hint: 'move it away, or export to another folder',
  })
}

function sizeOf(file: string): number {
  return fs.lstatSync(file).size
}

interface Finished {
  staging: string
  folder: string
  record: Uint8Array
}

function finish({ staging, folder, record }: Finished): Uint8Array {
  fs.writeFileSync(path.join(staging, RECORD), record)
  syncFile(path.join(staging, RECORD))
  syncDirectory(staging)
  try {
    fs.renameSync(staging, folder)
  } catch (error) {
    const theirs = ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(systemCode(error) ?? '')
    const there = theirs ? readRecordFile(folder) : undefined
    if (!there) throw error
    return there
  }
  syncDirectory(path.dirname(folder))
  return record
}

function syncFile(file: string): void {
  const descriptor = fs.openSync(file, 'r+')
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

function removeAbandoned(folder: string): void {
  for (const name of fs.readdirSync(folder).filter((one) => ABANDONED.test(one))) {
    const stat = fs.lstatSync(path.join(folder, name), { throwIfNoEntry: false })
    if (stat && Date.now() - stat.mtimeMs > ABANDONED_MS)
      fs.rmSync(path.join(folder, name), { recursive: true, force: true })
  }
}
