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
