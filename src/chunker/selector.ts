// Which candidates become cuts. Format: spec/02-chunking.md, "Where the cuts are".
import { candidatePosition, isStrict, type Candidates } from './candidates.js'
import type { ChunkerParams } from './params.js'

/** Picks the cuts of one file from its regions' candidates, fed in order. */
export class CutSelector {
  readonly #params: ChunkerParams
  /** Where the open chunk begins. Cuts are greedy: a candidate once passed over never matters again. */
  #start = 0
  #scanned = 0

  constructor(params: ChunkerParams) {
    this.#params = params
  }

  /** Bytes of the file fed so far. */
  get scanned(): number {
    return this.#scanned
  }

  /** Takes the next region of `length` bytes; returns the ends of the chunks that are now certain, as file offsets. */
  feed(candidates: Candidates, length: number): number[] {
    const cuts: number[] = []
    const { avg, min, max } = this.#params
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[i]!
      const position = this.#scanned + candidatePosition(candidate)
      this.#force(position - 1, cuts, max)
      const size = position - this.#start
      if (size >= avg || (size >= min && isStrict(candidate))) this.#cut(position, cuts)
    }
    this.#scanned += length
    this.#force(this.#scanned, cuts, max)
    return cuts
  }

  /** The file ends here: the end of its last chunk, unless that was already a cut or the file is empty. */
  end(): number[] {
    const cuts: number[] = []
    if (this.#scanned > this.#start) this.#cut(this.#scanned, cuts)
    return cuts
  }

  /** Cuts at the maximum as long as that lies at or before `position`. */
  #force(position: number, cuts: number[], max: number): void {
    while (position - this.#start >= max) this.#cut(this.#start + max, cuts)
  }

  #cut(position: number, cuts: number[]): void {
    cuts.push(position)
    this.#start = position
  }
}
