// What a walk of the working directory meets and no commit can hold: counted, and the first of it named.

/** What lies in the working directory and no commit can hold; absent when there is nothing of that. */
export interface Skipped {
  count: number
  /** In order of path; the first of them. */
  items: SkippedItem[]
}

export interface SkippedItem {
  path: string
  /** A socket, pipe or device; a name that some system takes for `.dv`, `.git`, `.` or `..`. */
  reason: 'special file' | 'reserved name'
}

/** So many are named where the caller sets no limit: a folder may be full of them. */
const NAMED_MAX = 1000

/** `take` is to be called for each, in order of path. */
export function gatherSkipped(limit = NAMED_MAX): {
  take(item: SkippedItem): void
  result(): { skipped?: Skipped }
} {
  const items: SkippedItem[] = []
  let count = 0
  return {
    take(item) {
      if (++count <= limit) items.push(item)
    },
    result: () => (count > 0 ? { skipped: { count, items } } : {}),
  }
}
