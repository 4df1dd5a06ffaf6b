// Changes in the order of paths, however they came.
import { comparePaths } from '../base/index.js'
import { encodeMetadata, type FileEntry, type Metadata } from '../objects/index.js'
import type { Expected } from './parse-line.js'
import { SortedRuns, type SortedRunsOptions } from './sorted-runs.js'

/** What one line (counted from 1; 0: it came in none) does at one path; content is stored already. Structured data: it can be written and read back. */
export type Change = { path: string; line: number; expect?: Expected } & (
  | { type: 'remove' }
  | ({ type: 'file'; executable?: boolean; set?: Metadata } & Pick<FileEntry, 'size' | 'content' | 'recipe'>)
  | { type: 'symlink'; target: string; set?: Metadata }
  | { type: 'meta'; set: Metadata; unset: readonly string[] }
)

export type SortedChanges = AsyncIterable<readonly Change[]>

const CHANGE_BYTES = 512

export type SorterOptions = Pick<SortedRunsOptions<Change>, 'temporaryPath' | 'heldBytes'>

/** Takes changes in any order, and gives them by path and then by line. */
export class ChangeSorter extends SortedRuns<Change> {
  constructor(options: SorterOptions) {
    super({ ...options, compare: inOrder, weigh: weightOf })
  }
}

function inOrder(a: Change, b: Change): number {
  return comparePaths(a.path, b.path) || a.line - b.line
}

function weightOf(change: Change): number {
  const metadata = 'set' in change && change.set ? encodeMetadata(change.set).length : 0
  return CHANGE_BYTES + change.path.length + metadata
}
