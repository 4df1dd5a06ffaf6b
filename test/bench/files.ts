// Trees of many small files, made from nothing but a number of files: file `i` of version `v` is the same everywhere.
import fs from 'node:fs'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'

export const DIRECTORY_FILES = 1000
const WORDS = ['plate', 'well', 'mouse', 'retina', 'axon', 'signal', 'noise', 'left', 'right', 'control']

/** Numbers from 0 to 2^32 - 1, always the same after a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** Where file `i` stands; paths ascend with `i`. */
export function pathOf(i: number): string {
  return `${directoryOf(i)}/record-${String(i).padStart(8, '0')}.json`
}

export function directoryOf(i: number): string {
  return `part-${String(Math.floor(i / DIRECTORY_FILES)).padStart(5, '0')}`
}

/** A record of about 1 KB, as measurements are kept: repeated keys, numbers that do not repeat. */
export function contentOf(i: number, version: number): string {
  const next = randomNumbers(i * 31 + version)
  const word = () => WORDS[next() % WORDS.length]!
  const lines = [`{"id": ${i}, "version": ${version}, "subject": "${word()}-${word()}", "samples": [`]
  for (let row = 0; row < 16; row++) {
    lines.push(`  {"label": "${word()}", "time": ${row * 25}, "value": ${next() / 2 ** 32}},`)
  }
  return `${lines.join('\n')}\n]}\n`
}

/** Writes those of the first `count` files for which `versionOf` gives a version. */
export async function writeFiles(
  root: string,
  count: number,
  versionOf: (i: number) => number | undefined,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (i % DIRECTORY_FILES === 0) {
      fs.mkdirSync(path.join(root, directoryOf(i)), { recursive: true })
      // Lets an interruption be heard.
      await setImmediate()
    }
    const version = versionOf(i)
    if (version !== undefined) fs.writeFileSync(path.join(root, pathOf(i)), contentOf(i, version))
  }
}

/** Throws unless `root` holds just the first `count` files, each of the version that `versionOf` gives. What begins
 * with a dot is passed over. */
export async function checkFiles(
  root: string,
  count: number,
  versionOf: (i: number) => number,
): Promise<void> {
  let found = 0
  for (const name of fs.readdirSync(root)) {
    if (!name.startsWith('.')) found += fs.readdirSync(path.join(root, name)).length
  }
  if (found !== count) throw new Error(`'${root}' holds ${found} files, not ${count}`)
  for (let i = 0; i < count; i++) {
    if (i % DIRECTORY_FILES === 0) await setImmediate()
    if (fs.readFileSync(path.join(root, pathOf(i)), 'utf8') !== contentOf(i, versionOf(i)))
      throw new Error(`'${pathOf(i)}' in '${root}' is not what was committed`)
  }
}
