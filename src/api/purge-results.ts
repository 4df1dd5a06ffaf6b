// What the verbs answer of files that were purged. See results.ts.

/** Files that are not there because they were purged. */
export interface PurgedFiles {
  count: number
  /** The first of them. */
  items: PurgedFile[]
}

export interface PurgedFile {
  path: string
  /** When it was purged, milliseconds since 1970, and why. */
  time: number
  reason: string
}
