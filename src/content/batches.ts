const BATCH_FILES = 256
const BATCH_BYTES = 4 * 1024 * 1024

/** Groups files so that the cost of a message is paid once for many small ones. */
export async function* batchesOf<T extends { size: number }>(
  files: Iterable<T> | AsyncIterable<T>,
): AsyncGenerator<T[]> {
  let batch: T[] = []
  let bytes = 0
  for await (const file of files) {
    if (batch.length > 0 && (batch.length === BATCH_FILES || bytes + file.size > BATCH_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(file)
    bytes += file.size
  }
  if (batch.length > 0) yield batch
}

/** A batch of a stream; `isLittle`: it is all there is, so that starting workers would take longer than the work. */
export interface Share<T> {
  files: T[]
  isLittle: boolean
}

/** Looks one batch ahead to tell little work from much. */
export async function* sharesOf<T extends { size: number }>(
  files: Iterable<T> | AsyncIterable<T>,
): AsyncGenerator<Share<T>> {
  let first: T[] | undefined
  let count = 0
  for await (const batch of batchesOf(files)) {
    if (count++ === 0) {
      first = batch
      continue
    }
    if (first) yield { files: first, isLittle: false }
    first = undefined
    yield { files: batch, isLittle: false }
  }
  if (first) yield { files: first, isLittle: bytesOf(first) <= BATCH_BYTES }
}

function bytesOf(files: readonly { size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}
