// Ten keys of metadata such as a microscope's files have: of all types, some of few values, some of as many as files.
import type { Metadata, MetadataValue } from '../../src/objects/index.js'

const LINES = ['AICS-10', 'AICS-11', 'AICS-12', 'AICS-13', 'AICS-23']
const DAY = 86_400_000
const START = Date.UTC(2020, 0, 1)

export function plateMetadata(i: number): Metadata {
  const values: [string, MetadataValue][] = [
    ['cell', { type: 'int64', value: BigInt(i) }],
    ['channel', { type: 'string', value: i % 2 === 0 ? 'DNA' : 'membrane' }],
    ['exposure', { type: 'float64', value: (i % 97) / 8 + 0.1 }],
    ['imaged', { type: 'date', value: START + (i % 900) * DAY }],
    ['line', { type: 'string', value: LINES[i % LINES.length]! }],
    ['mitotic', { type: 'boolean', value: i % 31 === 0 }],
    ['operator', { type: 'string', value: `operator-${i % 13}` }],
    ['plate', { type: 'int64', value: BigInt(Math.floor(i / 384)) }],
    ['tags', { type: 'list', value: [{ type: 'string', value: `batch-${i % 7}` }] }],
    ['well', { type: 'string', value: `${'ABCDEFGHIJKLMNOP'[i % 16]}${(i % 24) + 1}` }],
  ]
  return new Map(values)
}
