// The table of files says what the manifest says, whether it was made anew or from that of an ancestor.
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { comparePaths } from '../../src/base/index.js'
import { hashChunk, type ManifestId } from '../../src/hash/index.js'
import { buildManifest, type Edit, editManifest, iterEntries } from '../../src/manifest/index.js'
import { type Entry, type Metadata, type MetadataValue, NO_METADATA } from '../../src/objects/index.js'
import { DerivedFolder } from '../../src/query/derived-folder.js'
import { ensureFileTable } from '../../src/query/file-table.js'
import { fileSelect } from '../../src/query/file-view.js'
import { openSql, type SqlRow, type SqlValue } from '../../src/sql/index.js'
import { entryRow } from '../../src/expression/index.js'
import { type MemoryObjects, memoryObjects } from '../helpers/memory-objects.js'
import { temporaryFolder } from '../helpers/temporary.js'

const scalar = fc.oneof(
  fc.string({ maxLength: 4 }).map((value) => ({ type: 'string', value }) as const),
  fc.bigInt(-5n, 5n).map((value) => ({ type: 'int64', value }) as const),
  fc.integer({ min: -9, max: 9 }).map((value) => ({ type: 'float64', value: value / 4 }) as const),
  fc.boolean().map((value) => ({ type: 'boolean', value }) as const),
  fc.integer({ min: -1e12, max: 1e12 }).map((value) => ({ type: 'date', value }) as const),
)
const value: fc.Arbitrary<MetadataValue> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }).map((items) => ({ type: 'list', value: items }) as const),
)
const metadata = fc
  .uniqueArray(fc.tuple(fc.constantFrom('plate', 'Plate', 'size', 'cell line', 'meta', 'a"b'), value), {
    maxLength: 3,
    selector: ([key]) => key,
  })
  .map((pairs) => new Map(pairs))
const entry: fc.Arbitrary<Entry> = fc
  .tuple(fc.constantFrom('file', 'executable', 'symlink', 'directory'), fc.nat(99), metadata)
  .map(([kind, n, map]): Entry => {
    const carried = map.size > 0 ? { metadata: { form: 'inline' as const, metadata: map } } : {}
    if (kind === 'symlink') return { kind, target: `to-${n}`, ...carried }
    if (kind === 'directory') return { kind, ...carried }
    const bytes = Buffer.from(`${n}`)
    return {
      kind: kind as 'file',
      size: bytes.length,
      content: hashChunk(bytes),
      recipe: { form: 'whole' },
      ...carried,
    }
  })
/** Folders stand where only folders stand, so that any choice of these is a tree. */
const filePath = fc.constantFrom(
  'a/1.csv',
  'a/b/2.tar.gz',
  'a/b/.x',
  'a/b/c/3',
  'top',
  'z/é.TXT',
  'z/..y',
  'a.b/4.',
)
const folderPath = fc.constantFrom('a', 'a/b', 'a/b/c', 'z', 'a.b')
const edits = fc
  .array(
    fc.oneof(
      fc.tuple(
        filePath,
        fc.option(
          entry.filter(({ kind }) => kind !== 'directory'),
          { nil: undefined },
        ),
      ),
      fc.tuple(
        folderPath,
        fc.option(
          entry.filter(({ kind }) => kind === 'directory'),
          { nil: undefined },
        ),
      ),
    ),
    { maxLength: 12 },
  )
  .map((list): Edit[] => [...new Map(list)].sort(([a], [b]) => comparePaths(a, b)))

async function* none(): AsyncGenerator<ManifestId> {}
async function* only(manifest: ManifestId): AsyncGenerator<ManifestId> {
  yield manifest
}

interface Ask {
  objects: MemoryObjects
  folder: DerivedFolder
  manifest: ManifestId
  ancestors?: AsyncIterable<ManifestId>
  select?: string
}

async function ask({ objects, folder, manifest, ancestors = none(), select = '*' }: Ask): Promise<SqlRow[]> {
  const db = await openSql({
    temporary: path.join(folder.path, 'temporary'),
    readable: [folder.path],
    threads: 1,
  })
  try {
    const table = await ensureFileTable({ reader: objects, folder, db }, manifest, ancestors)
    await db.run(`CREATE VIEW files AS ${fileSelect(table, { named: new Set(['meta']) })}`)
    const rows: SqlRow[] = []
    for await (const batch of (await db.query(`SELECT ${select} FROM files ORDER BY path`)).batches)
      rows.push(...batch)
    const { columns } = await db.query('FROM files LIMIT 0')
    return [columns.map(({ name, type }) => `${name} ${type}`), ...rows]
  } finally {
    await db.close()
  }
}

function newFolder(): DerivedFolder {
  return new DerivedFolder(temporaryFolder(), 1e9)
}

test('a table that grew from an ancestor is the one that is made anew, columns and all', async (t) => {
  await fc.assert(
    fc.asyncProperty(edits, fc.array(edits, { minLength: 1, maxLength: 3 }), async (first, later) => {
      const objects = memoryObjects()
      const folder = newFolder()
      let manifest = await buildManifest(objects, first.filter(([, one]) => one) as [string, Entry][])
      await ask({ objects, folder, manifest })
      for (const change of later) {
        const before = manifest
        manifest = await editManifest(objects, manifest, change)
        const grown = await ask({ objects, folder, manifest, ancestors: only(before) })
        const fresh = await ask({ objects, folder: newFolder(), manifest })
        t.deepEqual(grown, fresh)
        t.deepEqual(await ask({ objects, folder, manifest }), fresh)
      }
    }),
    { numRuns: 12 },
  )
})

test('rows are what expressions see: columns and effective metadata', async (t) => {
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const objects = memoryObjects()
      const manifest = await buildManifest(objects, list.filter(([, one]) => one) as [string, Entry][])
      const expected: SqlRow[] = []
      const effective = new Map<string, Metadata>()
      for await (const batch of iterEntries(objects, manifest)) {
        for (const [name, one] of batch) {
          const own = one.metadata?.form === 'inline' ? one.metadata.metadata : NO_METADATA
          const parts = name.split('/').slice(0, -1)
          const above = parts.map((_, i) => effective.get(parts.slice(0, i + 1).join('/')) ?? NO_METADATA)
          const all: Metadata = new Map([...above.flatMap((map) => [...map]), ...own])
          if (one.kind === 'directory') effective.set(name, own)
          const row = entryRow(name, one, all)
          const columns = ['path', 'directory', 'name', 'extension', 'kind', 'size', 'id'] as const
          expected.push([...columns.map((column) => row.column(column)?.value as SqlValue), all.size])
        }
      }
      const select = 'path, directory, name, extension, kind, size, id, meta'
      const [, ...found] = await ask({ objects, folder: newFolder(), manifest, select })
      // Keys that differ in case alone get a number; that each has its value is the business of the next test.
      const values = (meta: unknown) => Object.values(meta ?? {}).filter((one) => one !== undefined).length
      t.deepEqual(
        found.map((row) => [...row.slice(0, 7), values(row[7])]),
        expected.sort((a, b) => Buffer.compare(Buffer.from(a[0] as string), Buffer.from(b[0] as string))),
      )
    }),
    { numRuns: 20 },
  )
})

test('a key is a column of its type; of mixed types it is JSON text, whole and real numbers are DOUBLE', async (t) => {
  const objects = memoryObjects()
  const file = (n: number, values: Record<string, MetadataValue>): [string, Entry] => {
    const bytes = Buffer.from(`${n}`)
    const map = new Map(Object.entries(values))
    const entry = { kind: 'file', size: 1, content: hashChunk(bytes), recipe: { form: 'whole' } } as const
    return [`f${n}`, { ...entry, metadata: { form: 'inline', metadata: map } }]
  }
  const manifest = await buildManifest(objects, [
    file(1, {
      big: { type: 'int64', value: 2n ** 60n },
      number: { type: 'int64', value: 1n },
      mixed: { type: 'int64', value: 7n },
      day: { type: 'date', value: Date.UTC(2026, 0, 31, 12) },
      list: { type: 'list', value: [{ type: 'int64', value: 1n }] },
      size: { type: 'string', value: 'large' },
      Size: { type: 'string', value: 'LARGE' },
    }),
    file(2, {
      number: { type: 'float64', value: 0.5 },
      mixed: { type: 'string', value: 'x' },
      list: { type: 'list', value: [{ type: 'float64', value: 1.5 }] },
      'cell line': { type: 'string', value: 'AICS-13' },
    }),
    file(3, { mixed: { type: 'date', value: 0 }, list: { type: 'list', value: [] } }),
  ])
  const ofMeta = 'meta.big, meta."cell line", meta.size, meta.size_2'
  const select = `big, number, mixed, day, list, "meta.Size", "meta.size_2", "cell line", ${ofMeta}`
  const [columns, ...rows] = await ask({ objects, folder: newFolder(), manifest, select })
  t.deepEqual((columns as string[]).slice(7, -1), [
    ...['meta.Size VARCHAR', 'big BIGINT', 'cell line VARCHAR', 'day TIMESTAMP', 'list DOUBLE[]'],
    ...['mixed VARCHAR', 'number DOUBLE', 'meta.size_2 VARCHAR'],
  ])
  t.deepEqual(rows, [
    [
      ...[2n ** 60n, 1, '7', '2026-01-31 12:00:00', [1], 'LARGE', 'large', undefined],
      ...[2n ** 60n, undefined, 'LARGE', 'large'],
    ],
    [
      undefined,
      0.5,
      '"x"',
      undefined,
      [1.5],
      undefined,
      undefined,
      'AICS-13',
      undefined,
      'AICS-13',
      undefined,
      undefined,
    ],
    [
      undefined,
      undefined,
      '"1970-01-01T00:00:00.000Z"',
      undefined,
      [],
      ...Array<undefined>(7).fill(undefined),
    ],
  ])
})
