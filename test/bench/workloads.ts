// What is sent to a bucket and fetched from it: images that do not compress, and one long table in two versions.
import { createCipheriv } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { randomNumbers } from './files.js'

const KiB = 1024
const IMAGES_A_FOLDER = 100
const ROWS_A_WRITE = 20_000
/** Of the second version: runs of rows that were measured again, and rows that came in at one place. */
const EDITED_RUNS = 200
const EDITED_SHARE = 0.001
const INSERTED_ROWS = 2000

/** `count` files of 192 to 320 KiB that do not compress, `count` / 100 to a folder. */
export async function writeImages(root: string, count: number): Promise<void> {
  const zeros = Buffer.alloc(320 * KiB)
  for (let i = 0; i < count; i++) {
    const folder = path.join(root, `plate-${String(Math.floor(i / IMAGES_A_FOLDER)).padStart(3, '0')}`)
    if (i % IMAGES_A_FOLDER === 0) {
      fs.mkdirSync(folder, { recursive: true })
      await setImmediate()
    }
    const size = 192 * KiB + (randomNumbers(i)() % (128 * KiB))
    const key = Buffer.alloc(16)
    key.writeUInt32LE(i)
    const noise = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(zeros.subarray(0, size))
    fs.writeFileSync(path.join(folder, `image-${String(i).padStart(6, '0')}.tif`), noise)
  }
}

/** A CSV of `rows` rows of about 100 bytes. In version 2 one row in a thousand is another, in 200 places, and 2,000 rows
 * came in before the middle. */
export async function writeTable(file: string, rows: number, version: 1 | 2): Promise<void> {
  const fd = fs.openSync(file, 'w')
  try {
    fs.writeSync(fd, 'id,plate,well,area,intensity,label,note\n')
    for (let from = 0; from < rows; from += ROWS_A_WRITE) {
      const to = Math.min(rows, from + ROWS_A_WRITE)
      const lines: string[] = []
      for (let i = from; i < to; i++) {
        if (version === 2 && i === rows >> 1)
          for (let extra = 0; extra < INSERTED_ROWS; extra++) lines.push(rowOf(rows + extra, 2))
        lines.push(rowOf(i, version === 2 && isEdited(i, rows) ? 2 : 1))
      }
      fs.writeSync(fd, lines.join(''))
      await setImmediate()
    }
  } finally {
    fs.closeSync(fd)
  }
}

function isEdited(i: number, rows: number): boolean {
  const stride = Math.floor(rows / EDITED_RUNS)
  return i % stride < Math.ceil((rows * EDITED_SHARE) / EDITED_RUNS)
}

function rowOf(i: number, version: number): string {
  const next = randomNumbers(i * 2 + version)
  const [plate, well] = [next() % 96, next() % 384]
  const [area, intensity] = [next() / 2 ** 20, next() / 2 ** 32]
  return `${i},plate-${plate},well-${well},${area.toFixed(4)},${intensity.toFixed(9)},label-${next() % 12},measured again ${next() % 1000} of 1000\n`
}

/** Throws unless both folders hold the same files. What begins with a dot at the top is passed over. */
export async function checkSame(wanted: string, found: string): Promise<void> {
  const names = listFiles(wanted)
  const others = listFiles(found)
  if (names.join('\n') !== others.join('\n'))
    throw new Error(`'${found}' holds ${others.length} files, not the ${names.length} of '${wanted}'`)
  for (const [i, name] of names.entries()) {
    if (i % 1000 === 0) await setImmediate()
    if (!fs.readFileSync(path.join(wanted, name)).equals(fs.readFileSync(path.join(found, name))))
      throw new Error(`'${name}' in '${found}' is not what was sent`)
  }
}

function listFiles(root: string): string[] {
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((name) => !name.startsWith('.'))
    .sort()
}
