/** Values of a column in a database. */
export interface Sample {
  /** What stands behind FROM. */
  from: string
  /** An expression over its rows; NULL where a value is missing. */
  value: string
  /** About how many different ones there are, where that is known. */
  distinct?: number | undefined
}

/** Of each several, whose rows are one sample. */
export interface Samples {
  reference: readonly Sample[]
  current: readonly Sample[]
}

export interface Pair<T> {
  reference: T
  current: T
}

/** All values `v` of both, with 1 as `r` for those of the reference. */
export function allValues({ reference, current }: Samples, type: 'DOUBLE' | 'VARCHAR'): string {
  const select = (mark: string) => (sample: Sample) =>
    `SELECT (${sample.value})::${type} AS v, ${mark} AS r FROM ${sample.from}`
  return [...reference.map(select('1')), ...current.map(select('NULL'))].join(' UNION ALL ')
}
