// What is measured, and what many measurements of one thing say.

export const GROUPS = [
  'kernels',
  'start',
  'tree',
  'manifest',
  'metadata',
  'query',
  'search',
  'profile',
  'tables',
  'checks',
  'remote',
] as const
export type Group = (typeof GROUPS)[number]

/** One measurement. Absent is what could not be measured here. */
export interface Sample {
  /** In the row's unit. */
  value: number
  /** User and system time of the process, seconds. */
  cpu?: number
  /** The most memory the process held, bytes. */
  peak?: number
}

/** One line of a table: what was done, to how much of it. */
export interface Measured {
  group: Group
  what: string
  unit: 's' | 'GB/s' | 'MB'
  /** Files or entries, where the cost depends on them. */
  size?: number
  /** `what` of the row of the same size that this one is to be read beside. */
  beside?: string
}

export interface Row extends Measured {
  samples: Sample[]
}

/** Takes a measurement. */
export type Recorder = (measured: Measured, sample: Sample) => void

export interface Bench {
  rounds: number
  /** An existing folder to work in; what is left in it is removed later. */
  folder: string
  record: Recorder
}

/** Takes seconds of one group and size; `beside`: what they are to be read beside. */
export type Note = (what: string, sample: Sample, beside?: string) => void

export function noteSeconds(record: Recorder, where: Pick<Measured, 'group' | 'size'>): Note {
  return (what, sample, beside) =>
    record({ ...where, what, unit: 's', ...(beside !== undefined && { beside }) }, sample)
}

/** Gathers samples into rows, in the order in which they first came. */
export function createRows(): { rows: Row[]; record: Recorder } {
  const rows: Row[] = []
  return {
    rows,
    record(measured, sample) {
      const known = rows.find((row) => isSameRow(row, measured))
      if (known) known.samples.push(sample)
      else rows.push({ ...measured, samples: [sample] })
    },
  }
}

function isSameRow(a: Measured, b: Measured): boolean {
  return a.group === b.group && a.what === b.what && a.size === b.size
}

/** The row that `row` is to be read beside. */
export function besideOf(rows: readonly Row[], row: Row): Row | undefined {
  if (row.beside === undefined) return undefined
  return rows.find((other) => isSameRow(other, { ...row, what: row.beside! }))
}

/** How many times the other row's median this one's is. */
export function ratio(row: Row, beside: Row): number {
  return median(values(row)) / median(values(beside))
}

export function values({ samples }: Row): number[] {
  return samples.map(({ value }) => value)
}

/** The middle one, or the mean of the two in the middle. NaN of none. */
export function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The slowest: the longest time, or the lowest rate. */
export function worst({ unit }: Pick<Row, 'unit'>, list: readonly number[]): number {
  return unit !== 'GB/s' ? Math.max(...list) : Math.min(...list)
}

/** What takes a fraction of a second varies more: it is done so many times in a round. */
export const REPEATS = 3

/** Does all of them one after another, every second round in reverse, so that none always comes first. */
export async function inTurn(round: number, contenders: readonly (() => Promise<void>)[]): Promise<void> {
  for (const contender of round % 2 === 0 ? contenders : [...contenders].reverse()) await contender()
}
