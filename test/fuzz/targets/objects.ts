// Commits, tags, manifest nodes, recipe nodes and values.
import { utf8 } from '../../../src/base/index.js'
import { hashChunk, hashObject, OBJECT_KINDS } from '../../../src/hash/index.js'
import { decodeValue, nodeChildren } from '../../../src/manifest/index.js'
import { decodeNode } from '../../../src/manifest/decode.js'
import { entriesOf } from '../../../src/manifest/leaf-columns.js'
import { pathAt } from '../../../src/manifest/keys.js'
import { isLeaf } from '../../../src/manifest/types.js'
import {
  decodeCommit,
  decodeTag,
  encodeCommit,
  encodeMetadata,
  encodeTag,
  type Metadata,
} from '../../../src/objects/index.js'
import { decodeRecipeNode, encodeRecipeNode } from '../../../src/recipe/index.js'
import { sampleNodes } from './sample-nodes.js'
import type { Target } from './index.js'

const METADATA: Metadata = new Map([
  ['b', { type: 'boolean', value: true }],
  ['d', { type: 'date', value: -5 }],
  ['f', { type: 'float64', value: 0.5 }],
  ['i', { type: 'int64', value: -(2n ** 63n) }],
  ['l', { type: 'list', value: [{ type: 'string', value: 'x' }] }],
  ['s', { type: 'string', value: 'räume' }],
])
const WHO = { name: 'Ann', email: 'ann@example.org', time: 1_700_000_000_000, zone: -90 }
const commit = hashObject('commit', utf8('c'))
const COMMITS = [
  { parents: [], metadata: new Map(), message: '' },
  { parents: [commit, commit], metadata: METADATA, message: 'two\n\nlines' },
].map((rest) =>
  encodeCommit({ manifest: hashObject('manifest', utf8('m')), author: WHO, committer: WHO, ...rest }),
)
const TAG = encodeTag({ commit, name: 'v1', tagger: WHO, message: 'first' })
const RECIPES = [
  encodeRecipeNode(0, [
    { id: hashChunk(utf8('a')), length: 5, count: 1 },
    { id: hashChunk(utf8('b')), length: 7, count: 900 },
  ]),
  encodeRecipeNode(1, [{ id: hashObject('recipe', utf8('r')), length: 1000, count: 20 }]),
]
const NODES = await sampleNodes(METADATA)

export const objectTargets: readonly Target[] = [
  { name: 'commit', seeds: COMMITS, parse: decodeCommit },
  { name: 'tag', seeds: [TAG], parse: decodeTag },
  {
    name: 'manifest-node',
    longest: 16_384,
    seeds: NODES,
    parse(bytes) {
      const node = decodeNode(bytes)
      for (let i = 0; i < node.count; i++) pathAt(node.keys, i)
      if (isLeaf(node)) entriesOf(node)
      nodeChildren('manifest', bytes)
    },
  },
  { name: 'recipe-node', seeds: RECIPES, parse: decodeRecipeNode },
  { name: 'value', seeds: [encodeMetadata(METADATA)], parse: decodeValue },
  {
    name: 'references',
    seeds: [...COMMITS, TAG, ...RECIPES].map((bytes) => Buffer.concat([Buffer.from([0]), bytes])),
    parse: (bytes) => nodeChildren(OBJECT_KINDS[(bytes[0] ?? 0) % OBJECT_KINDS.length]!, bytes.subarray(1)),
  },
]
