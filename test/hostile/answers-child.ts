// Reads what a hostile server answers: node answers-child.js web|s3 URL COUNT. Prints, as JSON, how the answers ended, and how
// much memory the process took at most beyond what it had before the first.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { isDvError } from '../../src/base/index.js'
import type { Storage } from '../../src/storage/index.js'
import { openS3Storage } from '../../src/storage/s3/index.js'
import { openWebStorage } from '../../src/storage/web/index.js'

const [kind, url = '', count] = process.argv.slice(2)
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dv-answers-'))
const KEYS = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_EC2_METADATA_DISABLED: 'true' }
const stallMs = 1000

function open(): Storage {
  if (kind === 'web') return openWebStorage(url, { stallMs })
  const settings = { endpoint: url }
  return openS3Storage({ kind: 's3', bucket: 'b', prefix: 'p' }, { settings, env: KEYS, stallMs })
}

const storage = open()
/** Most that was ever resident, in bytes. */
const peak = () => process.resourceUsage().maxRSS * 1024

const READS: Record<string, (name: string) => Promise<unknown>> = {
  all: (name) => storage.get(name),
  value: (name) => storage.read(name.replace('packs/', 'refs/')),
  range: (name) => storage.get(name, { offset: 1000, length: 1000 }),
  file: (name) => storage.getFile(name, path.join(folder, 'file')),
  size: (name) => storage.size(name),
}
if (kind === 's3')
  READS['list'] = async (name) => {
    for await (const _ of storage.list(name)) continue
  }

async function endOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'read',
    (error: unknown) => (isDvError(error) ? error.code : String(error)),
  )
}

// What is loaded once is not what an answer takes.
for (const work of Object.values(READS)) await endOf(work('packs/sound'))
fs.rmSync(path.join(folder, 'file'), { force: true })
const before = peak()
// Bytes that were dealt with count as long as nothing sweeps them, and when that is differs from one Node to the next: V8 waits
// for tens of MB of them. What a server can make dv hold is what is left when it is swept all the time.
setInterval(() => gc!(), 5).unref()
const ended: Record<string, Record<string, string>> = {}
let grown: [number, string] = [0, 'nothing']
for (let i = 0; i < Number(count); i++)
  for (const [read, work] of Object.entries(READS)) {
    gc!()
    ;(ended[i] ??= {})[read] = await endOf(work(`packs/a${i}`))
    if (peak() - before > grown[0]) grown = [peak() - before, `${read} of ${i}`]
    fs.rmSync(path.join(folder, 'file'), { force: true })
  }
storage.close()
fs.rmSync(folder, { recursive: true })
process.stdout.write(JSON.stringify({ ended, grown }), () => process.exit(0))
