// What a reading verb says as a file, whole or not at all.
import fs from 'node:fs'
import path from 'node:path'
import { fromSystemError } from '../base/index.js'
import { discardFile, replaceFile, temporaryName } from '../files/index.js'
import type { QueryWritten } from './results.js'

/** Writes `bytes` in the place of `file`, which is relative to `cwd`. */
export async function writeOutput(
  { cwd, file }: { cwd: string; file: string },
  bytes: AsyncIterable<Uint8Array>,
): Promise<QueryWritten> {
  const target = path.resolve(cwd, file)
  const temporary = temporaryName(target)
  let count = 0
  try {
    const descriptor = fs.openSync(temporary, 'wx')
    try {
      for await (const part of bytes) {
        fs.writeFileSync(descriptor, part)
        count += part.length
      }
    } finally {
      fs.closeSync(descriptor)
    }
    replaceFile(temporary, target)
  } catch (error) {
    discardFile(temporary)
    throw fromSystemError(error, 'write', file)
  }
  return { file, bytes: count }
}
