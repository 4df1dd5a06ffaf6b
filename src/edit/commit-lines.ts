// Lines that speak of the commit are taken out of the stream: the others change its tree.
import type { Metadata, MetadataValue } from '../objects/index.js'
import { badLine } from './line-error.js'
import type { Line, TreeLine } from './parse-line.js'

/** What lines say of the commit; whole once all of them were read. */
export class CommitLines {
  readonly #metadata = new Map<string, MetadataValue>()

  get metadata(): Metadata {
    return this.#metadata
  }

  /** Keeps what is for the commit and passes on the rest. Throws DV_BAD_LINE for a name that two lines set. */
  async *takenFrom(batches: AsyncIterable<readonly Line[]>): AsyncGenerator<TreeLine[]> {
    for await (const batch of batches) {
      const others: TreeLine[] = []
      for (const line of batch) {
        if (line.op === 'commit') this.#add(line.meta, line.line)
        else others.push(line)
      }
      yield others
    }
  }

  #add(meta: Metadata, line: number): void {
    for (const [name, value] of meta) {
      if (this.#metadata.has(name)) throw badLine(line, `another line sets '${name}' of the commit`)
      this.#metadata.set(name, value)
    }
  }
}
