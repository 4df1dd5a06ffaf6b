// What is typed after `npm run bench --`.
import os from 'node:os'
import { parseArgs } from 'node:util'
import { type Group, GROUPS } from './measure.js'

export interface BenchOptions {
  groups: readonly Group[]
  /** Files of what holds files, and entries of the manifests. */
  sizes: readonly number[]
  entries: readonly number[]
  /** Of what goes to a bucket; 1 is its full size. */
  scale: number
  rounds: number
  /** Where a temporary folder is made. */
  work: string
  json?: string
  /** Where the picture goes. */
  out?: string
  /** Into docs/ of the project. */
  write: boolean
}

export const HELP = `npm run bench -- [OPTIONS]

Measures dv beside cp, find, memcpy and the start of Node, and at growing sizes; with a bucket on a server of its
own, beside rclone, aws and dvc, where they are installed. Prints Markdown.

  --only GROUPS    of ${GROUPS.join(',')}
  --sizes LIST     files of working directories, of imports of metadata and of searches (1000,10000,100000)
  --entries LIST   entries of manifests and queries, rows of tables (those of --sizes, else 1000,10000,100000,1000000)
  --scale X        size of what goes to the bucket, as a part of 1 (1)
  --full           as --sizes up to 1,000,000 files, manifests up to 10,000,000 entries
  --rounds N       how often all is done (3)
  --work DIR       where the temporary folder is made (${os.tmpdir()}); it is removed at the end
  --json FILE      every single figure
  --out FILE       the picture, as SVG
  --write          the tables to docs/bench.md, the picture to docs/bench.svg

A round takes, on two cores and a local disk: kernels and start 10 s; a working directory of 1,000 files 5 s,
of 10,000 files 10 s, of 100,000 files 1 min, of 1,000,000 files 10 min; a manifest of up to 1,000,000 entries
5 s, of 10,000,000 15 s. So the default is 5 min in all, and --full is 40 min; it needs 15 GB of disk,
and as much memory as keeps two trees of 4 GB in the page cache. Nothing else should run meanwhile.
`

const SIZES = [1000, 10_000, 100_000]
const ENTRIES = [...SIZES, 1_000_000]
const FULL_SIZES = ENTRIES
const FULL_ENTRIES = [...ENTRIES, 10_000_000]

/** Undefined: help was asked for. Throws for what makes no sense. */
export function parseOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', default: GROUPS.join(',') },
      sizes: { type: 'string' },
      entries: { type: 'string' },
      full: { type: 'boolean', default: false },
      scale: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '3' },
      work: { type: 'string', default: os.tmpdir() },
      json: { type: 'string' },
      out: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { sizes, entries, full, scale, rounds, work, json, out, write } = values
  if (values.help) return undefined
  return {
    groups: values.only.split(',').map(parseGroup),
    sizes: parseNumbers(sizes) ?? (full ? FULL_SIZES : SIZES),
    entries: parseNumbers(entries ?? sizes) ?? (full ? FULL_ENTRIES : ENTRIES),
    scale: parseScale(scale),
    rounds: parseNumber(rounds),
    work,
    ...(json !== undefined && { json }),
    ...(out !== undefined && { out }),
    write,
  }
}

function parseGroup(typed: string): Group {
  const group = GROUPS.find((known) => known === typed)
  if (group === undefined) throw new Error(`'${typed}' is no group; there are: ${GROUPS.join(', ')}`)
  return group
}

function parseNumbers(typed: string | undefined): number[] | undefined {
  return typed?.split(',').map(parseNumber)
}

function parseScale(typed: string): number {
  const scale = Number(typed)
  if (!(scale > 0 && scale <= 1)) throw new Error(`'${typed}' is no number above 0 and up to 1`)
  return scale
}

function parseNumber(typed: string): number {
  const number = Number(typed)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`'${typed}' is no whole number above 0`)
  return number
}
