// What stands in spec/vectors/{objects,manifest,recipe}.json, computed. The rules by which sets of paths are made are
// written out in spec/07-manifest.md, "Vectors", so that another implementation can make them too.
import { comparePaths, DvError } from '../../src/base/index.js'
import {
  type ChunkId,
  type CommitId,
  type ContentId,
  hashChunk,
  hashObject,
  type Id,
  idKey,
  toHex,
} from '../../src/hash/index.js'
import type { ManifestId, ObjectKind, RecipeId, ValueId } from '../../src/hash/index.js'
import {
  type ChunkRef,
  decodeCommit,
  decodeTag,
  encodeCommit,
  encodeMetadata,
  encodeTag,
  type Entry,
  type Metadata,
  type MetadataValue,
} from '../../src/objects/index.js'
import { buildManifest, nodeChildren, type PathEntry } from '../../src/manifest/index.js'
import { hashKey, keyOf } from '../../src/manifest/keys.js'
import { encodeRecipeNode, writeRecipe } from '../../src/recipe/index.js'
import { memoryObjects } from '../helpers/memory-objects.js'

const idOf = (text: string) => hashChunk(Buffer.from(text))
const author = { name: 'Ada Lovelace', email: 'ada@example.com', time: 1_795_000_000_123, zone: 60 }
const committer = { ...author, name: 'José', time: -1, zone: -330 }

const values: [string, MetadataValue][] = [
  ['text', { type: 'string', value: 'caffè' }],
  ['least', { type: 'int64', value: -(2n ** 63n) }],
  ['most', { type: 'int64', value: 2n ** 63n - 1n }],
  ['ratio', { type: 'float64', value: 0.1 }],
  ['nan', { type: 'float64', value: NaN }],
  ['no', { type: 'boolean', value: false }],
  ['yes', { type: 'boolean', value: true }],
  ['day', { type: 'date', value: 1_795_000_000_000 }],
  [
    'tags',
    {
      type: 'list',
      value: [
        { type: 'string', value: 'a' },
        { type: 'int64', value: 1n },
      ],
    },
  ],
  ['none', { type: 'list', value: [] }],
  ['é', { type: 'boolean', value: true }],
]
const allTypes: Metadata = new Map(values)

/** JSON has no int64 and no NaN: both are written as strings. */
function showMetadata(metadata: Metadata): unknown {
  return Object.fromEntries([...metadata].map(([name, value]) => [name, showValue(value)]))
}

function showValue({ type, value }: MetadataValue): unknown {
  if (type === 'list') return { type, value: value.map(showValue) }
  return { type, value: type === 'int64' || Number.isNaN(value) ? String(value) : value }
}

function objects() {
  const manifest = hashObject('manifest', Buffer.of(1, 0, 0)) as ManifestId
  const parents = [idOf('first'), idOf('second')] as Id[] as CommitId[]
  const commits = [
    { manifest, parents: [], author, committer: author, message: 'First\n', metadata: new Map() as Metadata },
    { manifest, parents, author, committer, message: 'Zweiter – mit Umlauten: äöü\n', metadata: allTypes },
  ]
  const tag = { commit: parents[0]!, name: 'v1.0', tagger: author, message: 'Release\n' }
  return {
    commits: commits.map((commit) => ({
      value: {
        ...commit,
        manifest: toHex(commit.manifest),
        parents: commit.parents.map(toHex),
        metadata: showMetadata(commit.metadata),
      },
      ...named('commit', encodeCommit(commit)),
    })),
    tags: [{ value: { ...tag, commit: toHex(tag.commit) }, ...named('tag', encodeTag(tag)) }],
    values: [{ value: showMetadata(allTypes), ...named('value', encodeMetadata(allTypes)) }],
    damaged: [
      ...damagedCommits(encodeCommit(commits[1]!)),
      ...damagedTags(encodeTag(tag)),
      ...damagedValues(),
    ],
  }
}

function named(kind: ObjectKind, bytes: Uint8Array) {
  return { bytes: toHex(bytes), id: toHex(hashObject(kind, bytes)) }
}

interface Damaged {
  what: string
  kind: ObjectKind
  bytes: string
  error: string
}

/** Records the error that decoding really gives, so a case that decodes fails here. */
function damaged(kind: ObjectKind, what: string, bytes: Uint8Array): Damaged {
  return { what, kind, bytes: toHex(bytes), error: errorOf(kind, bytes) }
}

export function errorOf(kind: ObjectKind, bytes: Uint8Array): string {
  try {
    if (kind === 'commit') decodeCommit(bytes)
    else if (kind === 'tag') decodeTag(bytes)
    else nodeChildren(kind, bytes)
  } catch (error) {
    if (error instanceof DvError) return error.code
    throw error
  }
  return 'none'
}

const set = (bytes: Uint8Array, at: number, value: number) => Buffer.from(bytes).fill(value, at, at + 1)
const append = (bytes: Uint8Array, ...more: number[]) => Buffer.concat([bytes, Buffer.from(more)])

function damagedCommits(bytes: Buffer): Damaged[] {
  return [
    damaged('commit', 'empty', Buffer.alloc(0)),
    damaged('commit', 'version 2', set(bytes, 0, 2)),
    damaged('commit', 'cut short', bytes.subarray(0, -1)),
    damaged('commit', 'one byte too many', append(bytes, 0)),
    damaged('commit', '65 parents', set(bytes, 33, 65)),
    damaged('commit', 'a name that is not UTF-8', set(bytes, 34 + 64 + 1, 0xff)),
  ]
}

function damagedTags(bytes: Buffer): Damaged[] {
  return [
    damaged('tag', 'version 0', set(bytes, 0, 0)),
    damaged('tag', 'cut short', bytes.subarray(0, -1)),
    damaged('tag', 'one byte too many', append(bytes, 0)),
  ]
}

function damagedValues(): Damaged[] {
  const cases: [string, number[]][] = [
    ['names out of order', [2, 1, 0x62, 4, 1, 1, 0x61, 4, 1]],
    ['a name twice', [2, 1, 0x61, 4, 1, 1, 0x61, 4, 1]],
    ['an unknown type', [1, 1, 0x61, 7, 0]],
    ['a boolean of 2', [1, 1, 0x61, 4, 2]],
    ['a list in a list', [1, 1, 0x61, 6, 1, 6, 0]],
    ['an integer in more bytes than it needs', [1, 1, 0x61, 2, 0x82, 0]],
    ['an integer of 65 bits', [1, 1, 0x61, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]],
    ['a date out of range', [1, 1, 0x61, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]],
    ['a NaN of other bits', [1, 1, 0x61, 3, 1, 0, 0, 0, 0, 0, 0xf8, 0x7f]],
  ]
  return cases.map(([what, bytes]) => damaged('value', what, Buffer.from(bytes)))
}

/** The file at `path` in a vector: its content is the path's own UTF-8. */
function fileAt(path: string): Entry {
  return {
    kind: 'file',
    size: Buffer.byteLength(path),
    content: idOf(path) as Id as ContentId,
    recipe: { form: 'whole' },
  }
}

const flat = (count: number) => Array.from({ length: count }, (_, i) => `f${String(i).padStart(6, '0')}`)
/** Every form an entry can have. */
export const EVERY_FORM: [string, Entry][] = [
  ['dir', { kind: 'directory' }],
  ['dir/described', { kind: 'directory', metadata: { form: 'inline', metadata: allTypes } }],
  ['empty', { ...fileAt(''), size: 0 } as Entry],
  [
    'inline',
    {
      ...fileAt('inline'),
      size: 7,
      recipe: { form: 'inline', chunks: [chunk('a', 3), chunk('b', 4)] },
    } as Entry,
  ],
  ['link', { kind: 'symlink', target: '../elsewhere' }],
  ['link-long', { kind: 'symlink', target: `${'deep/'.repeat(120)}x` }],
  ['run.sh', { ...fileAt('run.sh'), kind: 'executable' } as Entry],
  [
    'spilled',
    { ...fileAt('spilled'), metadata: { form: 'value', id: idOf('value') as Id as ValueId } } as Entry,
  ],
  [
    'tree',
    {
      ...fileAt('tree'),
      size: 9_000_000,
      recipe: { form: 'tree', root: idOf('root') as Id as RecipeId },
    } as Entry,
  ],
]

function chunk(text: string, length: number): ChunkRef {
  return { id: idOf(text), length }
}

const order = [
  'a',
  'a/b',
  'a/b/c',
  'a\u0001',
  'a-',
  'a-b',
  'a.txt',
  'ab',
  'b/ü',
  'b/z',
  'é',
  'e\u0301',
  '\u{1F600}',
  '\uffee',
]
export const PATH_SETS: Record<string, string[]> = {
  empty: [],
  one: ['a'],
  'names on either side of the separator': order.filter((path) => path !== 'a' && path !== 'a/b'),
  '31 files': flat(31),
  '1,000 files': flat(1000),
  '2,500 files': flat(2500),
  '20,000 files': flat(20_000),
  '3,000 nested': Array.from({ length: 3000 }, (_, i) => `d${i % 13}/e${i % 7}/${i}.json`),
  '60 long paths': Array.from({ length: 60 }, (_, i) => `${'directory/'.repeat(400)}${i}`),
}

async function manifests() {
  const sets = []
  for (const [name, paths] of Object.entries(PATH_SETS)) {
    const store = memoryObjects()
    const entries = [...paths].sort(comparePaths).map((path): PathEntry => [path, fileAt(path)])
    const root = await buildManifest(store, entries)
    const levels = store.objects.get(idKey(root))![1]! + 1
    sets.push({
      name,
      ...(paths.length <= 40 && { paths }),
      entries: paths.length,
      nodes: store.writes.length,
      levels,
      root: toHex(root),
    })
  }
  const store = memoryObjects()
  const root = await buildManifest(store, EVERY_FORM)
  const hashes = ['a', 'a/b', 'é', 'data/part-0/x.csv'].map((path) => {
    const key = keyOf(path)
    return {
      path,
      key: toHex(key),
      level0: hashKey(key, 0, key.length, 0),
      level1: hashKey(key, 0, key.length, 1),
    }
  })
  const leaf = store.objects.get(idKey(root))!
  return { hashes, everyForm: { bytes: toHex(leaf), root: toHex(root) }, sets, damaged: damagedManifests() }
}

function damagedManifests(): Damaged[] {
  const directory = (...bytes: number[]) => Buffer.from([1, 0, ...bytes])
  const cases: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['an unknown version', Buffer.of(2, 0, 0)],
    ['one byte too many', directory(0, 0)],
    ['a node above the leaves without items', Buffer.of(1, 1, 0)],
    ['a level too high', Buffer.of(1, 61, 1)],
    ['a count beyond its bytes', directory(0xff, 7, 0, 0)],
    ['a count in more bytes than it needs', directory(0x80, 0)],
    ['an empty key', directory(1, 0, 0, 3)],
    ['keys out of order', directory(2, 0, 0, 1, 1, 0x62, 0x61, 3, 3)],
    ['a key twice', directory(2, 0, 0, 1, 1, 0x61, 0x61, 3, 3)],
    ['less shared than could be', directory(2, 0, 0, 2, 2, 0x61, 0x62, 0x61, 0x63, 3, 3)],
    ['more shared than there is', directory(2, 0, 2, 1, 1, 0x61, 0x62, 3, 3)],
    ['a path with a NUL', directory(1, 0, 3, 0x61, 0x2f, 0x62, 3)],
    ['an empty component', directory(1, 0, 4, 0x61, 0, 0, 0x62, 3)],
    ["a component '..'", directory(1, 0, 4, 0x2e, 0x2e, 0, 0x62, 3)],
    ['a key that is not UTF-8', directory(1, 0, 1, 0xff, 3)],
    ['an unknown kind', directory(1, 0, 1, 0x61, 0x43)],
    ['a directory with a recipe', directory(1, 0, 1, 0x61, 7)],
    ['a symbolic link to nothing', directory(1, 0, 1, 0x61, 2, 0)],
    ['empty inline metadata', directory(1, 0, 1, 0x61, 0x13, 1, 0)],
    ['an empty file with a recipe tree', Buffer.concat([directory(1, 0, 1, 0x61, 8, 0), Buffer.alloc(64)])],
    [
      'chunks of other bytes than the file',
      Buffer.concat([
        directory(1, 0, 1, 0x61, 4, 9),
        Buffer.alloc(32),
        Buffer.of(1),
        Buffer.alloc(32, 1),
        Buffer.of(8),
      ]),
    ],
    [
      'an inline recipe of the chunk that is the file',
      Buffer.concat([
        directory(1, 0, 1, 0x61, 4, 9),
        Buffer.alloc(32),
        Buffer.of(1),
        Buffer.alloc(32),
        Buffer.of(9),
      ]),
    ],
    [
      'a child without entries',
      Buffer.concat([Buffer.of(1, 1, 1, 0, 1, 0x61), Buffer.alloc(32), Buffer.of(0, 0)]),
    ],
  ]
  return cases.map(([what, bytes]) => damaged('manifest', what, bytes))
}

/** Chunk i of a vector: its id is BLAKE3 of the decimal digits of i, its length 1 + i mod 5. */
export const RECIPES: Record<string, number[]> = {
  '8 chunks': Array.from({ length: 8 }, (_, i) => i),
  '9 chunks': Array.from({ length: 9 }, (_, i) => i),
  '9 equal chunks': Array.from({ length: 9 }, () => 4),
  '5,000 chunks': Array.from({ length: 5000 }, (_, i) => i),
  '5,000 chunks with runs': Array.from({ length: 5000 }, (_, i) => Math.floor(i / 3)),
}

async function recipes() {
  const cases = []
  for (const [name, numbers] of Object.entries(RECIPES)) {
    const store = memoryObjects()
    const recipe = await writeRecipe(
      store,
      numbers.map((i) => chunk(`${i}`, 1 + (i % 5))),
    )
    const root = recipe.form === 'tree' ? { root: toHex(recipe.root) } : {}
    const small =
      store.writes.length === 1 ? { bytes: toHex(store.objects.get(idKey(store.writes[0]!.id))!) } : {}
    cases.push({
      name,
      chunks: numbers.length,
      form: recipe.form,
      nodes: store.writes.length,
      ...root,
      ...(numbers.length < 10 && small),
    })
  }
  const item = (id: number, length: number, count: number) => ({
    id: Buffer.alloc(32, id) as Id as ChunkId,
    length,
    count,
  })
  return {
    cases,
    damaged: [
      damaged('recipe', 'no items', Buffer.of(1, 0, 0)),
      damaged('recipe', 'an unknown version', Buffer.of(2, 0, 0)),
      damaged('recipe', 'a level too high', encodeRecipeNode(61, [item(1, 1, 1)])),
      damaged('recipe', 'a length of 0', encodeRecipeNode(0, [item(1, 0, 1)])),
      damaged('recipe', 'a count of 0', encodeRecipeNode(0, [item(1, 1, 0)])),
      damaged('recipe', 'a run in two items', encodeRecipeNode(0, [item(1, 1, 1), item(1, 1, 2)])),
      damaged('recipe', 'a sum too large', encodeRecipeNode(0, [item(1, 2 ** 40, 2 ** 20)])),
      damaged('recipe', 'one byte too many', append(encodeRecipeNode(0, [item(1, 1, 1)]), 0)),
    ],
  }
}

export async function makeVectors(): Promise<Record<'objects' | 'manifest' | 'recipe', object>> {
  return { objects: objects(), manifest: await manifests(), recipe: await recipes() }
}

/** The examples of spec/07-manifest.md. */
export async function workedManifests(): Promise<{ bytes: string; root: string; many: string }> {
  const store = memoryObjects()
  const holding = (text: string): Entry =>
    ({ ...fileAt(text), kind: text === '1' ? 'file' : 'executable' }) as Entry
  const link: Entry = { kind: 'symlink', target: 'a/b' }
  const root = await buildManifest(store, [
    ['a/b', holding('1')],
    ['a/c', holding('22')],
    ['l', link],
  ])
  const many = await buildManifest(
    store,
    flat(1000).map((path): PathEntry => [path, fileAt(path)]),
  )
  const bytesOf = (id: Id) => toHex(store.objects.get(idKey(id))!)
  return { bytes: bytesOf(root), root: toHex(root), many: bytesOf(many) }
}
