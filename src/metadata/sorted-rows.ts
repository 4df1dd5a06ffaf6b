// Rows of a table in the order of their paths. Values are held as their bytes: a tenth of what they take as objects.
import { comparePaths } from '../base/index.js'
import { SortedRuns } from '../edit/index.js'

export interface PathRow {
  path: string
  line: number
  /** Encoded. */
  metadata: Uint8Array
}

export type SortedRows = SortedRuns<PathRow>

const ROW_BYTES = 200

export function sortedRows(temporaryPath: () => string): SortedRows {
  return new SortedRuns<PathRow>({
    temporaryPath,
    compare: (a, b) => comparePaths(a.path, b.path) || a.line - b.line,
    weigh: ({ path, metadata }) => ROW_BYTES + path.length + metadata.length,
    pack,
    unpack: (packed) => unpack(packed as Packed),
  })
}

/** A few large things are written faster than many small ones. */
interface Packed {
  paths: string[]
  lines: number[]
  /** Where in `bytes` the metadata of each ends. */
  ends: number[]
  bytes: Uint8Array
}

function pack(rows: readonly PathRow[]): Packed {
  let end = 0
  return {
    paths: rows.map(({ path }) => path),
    lines: rows.map(({ line }) => line),
    ends: rows.map(({ metadata }) => (end += metadata.length)),
    bytes: Buffer.concat(rows.map(({ metadata }) => metadata)),
  }
}

function unpack({ paths, lines, ends, bytes }: Packed): PathRow[] {
  return paths.map((path, i) => {
    const metadata = bytes.subarray(ends[i - 1] ?? 0, ends[i])
    return { path, line: lines[i]!, metadata }
  })
}
