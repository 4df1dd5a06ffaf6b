// Positions where a region of a file may be cut. They depend on the 32 bytes before them only, never on other
// cuts, so regions are scanned in any order, by any thread.

/** Each entry is twice the position, plus one if it is strict; positions count bytes from the region's start,
 * 1 to its length, and rise. */
export type Candidates = Uint32Array

/** Bytes before a region that its candidates depend on (the last 31, rounded up). */
export const HISTORY_BYTES = 32

export function candidatePosition(candidate: number): number {
  return candidate >>> 1
}

export function isStrict(candidate: number): boolean {
  return (candidate & 1) === 1
}

/** A list of candidates that grows as needed: few are expected, but hostile bytes make every position one. */
export class CandidateList {
  #entries = new Uint32Array(256)
  #length = 0

  push(candidate: number): void {
    this.#reserve(1)
    this.#entries[this.#length++] = candidate
  }

  /** Appends candidates of a slice that begins `offset` bytes into the region. */
  append(slice: Candidates, offset: number): void {
    this.#reserve(slice.length)
    for (let i = 0; i < slice.length; i++) this.#entries[this.#length++] = slice[i]! + 2 * offset
  }

  take(): Candidates {
    return this.#entries.slice(0, this.#length)
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#entries.length) return
    const grown = new Uint32Array(Math.max(this.#entries.length * 2, this.#length + count))
    grown.set(this.#entries)
    this.#entries = grown
  }
}
