// Contents that could not be read when a checkout was to write them: the hole they leave in the working directory is no
// deletion. In `.dv/lost`, because the store may have them again by the time somebody looks.
// Format: spec/10-working-directory.md, "State files".
import { type DvError, isLoss } from '../base/index.js'
import { type ContentId, idKey, parseId, toHex } from '../hash/index.js'
import type { FileEntry } from '../objects/index.js'
import { iterChunks } from '../recipe/index.js'
import type { ObjectReader } from '../store/index.js'
import { damaged, isTexts, readState, type Workdir, writeState } from './workdir-state.js'

const NAME = 'lost'

/** Contents, by their ids. */
export class LostContents {
  readonly #byKey: Map<string, ContentId>
  #isChanged = false

  constructor(contents: Iterable<ContentId> = []) {
    this.#byKey = new Map([...contents].map((content) => [idKey(content), content]))
  }

  get count(): number {
    return this.#byKey.size
  }

  has(content: ContentId): boolean {
    return this.#byKey.size > 0 && this.#byKey.has(idKey(content))
  }

  add(content: ContentId): void {
    this.#isChanged ||= !this.has(content)
    this.#byKey.set(idKey(content), Buffer.from(content) as Uint8Array as ContentId)
  }

  /** It was written after all: who deletes it from now on means it. */
  remove(content: ContentId): void {
    if (this.#byKey.size > 0 && this.#byKey.delete(idKey(content))) this.#isChanged = true
  }

  /** Writes down what changed since this was read, durably. */
  save({ dvDir }: Workdir): void {
    if (!this.#isChanged) return
    const contents = [...this.#byKey.values()].map(toHex).sort()
    writeState(dvDir, NAME, contents.length > 0 ? { contents } : undefined)
    this.#isChanged = false
  }
}

export function readLost({ dvDir }: Workdir): LostContents {
  const contents = readState(dvDir, NAME)?.['contents'] ?? []
  if (!isTexts(contents) || !contents.every((id) => /^[0-9a-f]{64}$/.test(id))) throw damaged(NAME)
  return new LostContents(contents.map((id) => parseId<'content'>(id)))
}

/** Whether a store gives a file back, every byte of it. */
export async function canBeRead(reader: ObjectReader, entry: FileEntry): Promise<boolean> {
  return (await lossOf(reader, entry)) === undefined
}

/** What keeps a file from being read, every byte of it. */
export async function lossOf(reader: ObjectReader, entry: FileEntry): Promise<DvError | undefined> {
  try {
    for await (const chunks of iterChunks(reader, entry))
      for (const { id } of chunks) await reader.readChunk(id)
    return undefined
  } catch (error) {
    if (isLoss(error)) return error
    throw error
  }
}
