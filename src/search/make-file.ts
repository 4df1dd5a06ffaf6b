import fs from 'node:fs'
import { fromSystemError } from '../base/index.js'
import { discardFile, replaceFile, temporaryName } from '../files/index.js'

/** Makes a file of the index, whole or not at all. */
export async function makeFile(
  file: string,
  write: (descriptor: number) => void | Promise<void>,
): Promise<void> {
  const temporary = temporaryName(file)
  try {
    const descriptor = fs.openSync(temporary, 'wx')
    try {
      await write(descriptor)
    } finally {
      fs.closeSync(descriptor)
    }
    replaceFile(temporary, file)
  } catch (error) {
    discardFile(temporary)
    throw fromSystemError(error, 'write', file)
  }
}
