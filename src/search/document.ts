/** What is indexed: words, known by a hash of what they are from. */
export interface Document {
  /** KEY_BYTES, or more of which the first count. */
  key: Uint8Array
  /** What it says, piece by piece: no phrase reaches from one into the next. */
  pieces: Iterable<Piece>
  /** What is kept of it: a path. */
  text?: Uint8Array | string
}

export interface Piece {
  text: Uint8Array | string
  /** Its words are found as words of this key too. */
  key?: string
  /** They are found as such only. */
  keyOnly?: boolean
  /** The piece behind it goes on at once: of a path, the directory. */
  joined?: boolean
}
