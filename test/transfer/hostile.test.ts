// Trees that no dv would make, in stores made by hand.
import test from 'ava'
import { DvError } from '../../src/base/index.js'
import { type CommitId, hashChunk, type ManifestId } from '../../src/hash/index.js'
import { readRoot } from '../../src/index/index.js'
import { readCommit } from '../../src/history/index.js'
import { buildManifest, editManifest, iterEntries, nodeChildren } from '../../src/manifest/index.js'
import { type ObjectStore, StoreWriter } from '../../src/store/index.js'
import { transfer } from '../../src/transfer/index.js'
import { whyNever } from '../../src/files/index.js'
import { commitBytes, commitTree, newStore, publish } from './world.js'

function checkPath(path: string): void {
  const reason = whyNever(path)
  if (reason) throw new DvError('DV_UNSAFE_PATH', reason)
}

/** A commit of these (empty) files, its only manifest node changed by hand. */
async function handmade(
  store: ObjectStore,
  paths: readonly string[],
  { patch, parents = [] }: { patch?: [from: string, to: string]; parents?: CommitId[] } = {},
): Promise<CommitId> {
  const nodes = new StoreWriter(store, { kind: 'node' })
  const entry = {
    kind: 'file',
    size: 0,
    content: hashChunk(Buffer.alloc(0)),
    recipe: { form: 'whole' },
  } as const
  const draft = await buildManifest(
    nodes,
    paths.map((path) => [path, entry] as const),
  )
  const bytes = Buffer.from(await nodes.readObject('manifest', draft))
  if (patch) bytes.write(patch[1], bytes.indexOf(patch[0]), 'latin1')
  const manifest = await nodes.writeObject('manifest', bytes)
  const id = await nodes.writeObject('commit', commitBytes(manifest, parents, 'hostile'))
  await publish(store, [nodes])
  return id
}

type Options = Parameters<typeof handmade>[2]

const refused = test.macro(async (t, paths: readonly string[], options: Options, code: DvError['code']) => {
  const source = newStore()
  const target = newStore()
  const parent = await commitTree(source, { harmless: 'text' })
  await transfer({ source, target, commits: [parent], haves: [] }, { checkPath })
  const before = await readRoot(target.storage)
  for (const parents of [[], [parent]]) {
    const bad = await handmade(source, paths, { ...options, parents })
    const request = { source, target, commits: [bad], haves: [parent] }
    await t.throwsAsync(transfer(request, { checkPath }), { instanceOf: DvError, code })
    t.false(await target.has(bad))
  }
  t.deepEqual(await readRoot(target.storage), before)
})

test('a tree that reaches into .dv is refused', refused, ['.dv/workdir.json'], {}, 'DV_UNSAFE_PATH')
test(
  'a tree that reaches into .git by another case is refused',
  refused,
  ['a', 'b/.GiT/hooks/x'],
  {},
  'DV_UNSAFE_PATH',
)
test('a tree that reaches .dv by a short name is refused', refused, ['DV~1'], {}, 'DV_UNSAFE_PATH')
test(
  'a tree with a file below a file is refused',
  refused,
  ['a', 'a.b'],
  { patch: ['.b', '\0b'] },
  'DV_UNSAFE_PATH',
)
test('a tree with .. in a path is refused', refused, ['xx/y'], { patch: ['xx', '..'] }, 'DV_CORRUPT')
test('a tree with an absolute path is refused', refused, ['x.y'], { patch: ['x.', '\0x'] }, 'DV_CORRUPT')

test('a file below a file is found where a new node meets a known one', async (t) => {
  const source = newStore()
  const paths = Array.from({ length: 2000 }, (_, i) => `f${1000 + i}`)
  const parent = await commitTree(source, Object.fromEntries(paths.map((path) => [path, path])))
  const { manifest } = await readCommit(source, parent)
  const [first] = nodeChildren('manifest', await source.readObject('manifest', manifest)).manifests
  const above = (await lastPath(source, first!))!
  // It comes first in the next leaf; the leaf that ends with the file above it stays as it was.
  const bad = await nestBelow(source, { parent, manifest, above })
  const target = newStore()
  await transfer({ source, target, commits: [parent], haves: [] }, { checkPath })
  const request = { source, target, commits: [bad], haves: [parent] }
  await t.throwsAsync(transfer(request, { checkPath }), { instanceOf: DvError, code: 'DV_UNSAFE_PATH' })
  t.false(await target.has(bad))
})

async function lastPath(store: ObjectStore, node: ManifestId): Promise<string | undefined> {
  let last: string | undefined
  for await (const batch of iterEntries(store, node)) last = batch.at(-1)?.[0]
  return last
}

/** A commit with an entry `above/z`, made as `above.z` and changed by hand, with the ids above it. */
async function nestBelow(
  store: ObjectStore,
  { parent, manifest, above }: { parent: CommitId; manifest: ManifestId; above: string },
): Promise<CommitId> {
  const nodes = new StoreWriter(store, { kind: 'node' })
  const entry = {
    kind: 'file',
    size: 0,
    content: hashChunk(Buffer.alloc(0)),
    recipe: { form: 'whole' },
  } as const
  const draft = Buffer.from(
    await nodes.readObject('manifest', await editManifest(nodes, manifest, [[`${above}.z`, entry]])),
  )
  for (const leaf of nodeChildren('manifest', draft).manifests) {
    const bytes = Buffer.from(await nodes.readObject('manifest', leaf))
    const at = bytes.indexOf(`${above}.z`)
    if (at < 0) continue
    bytes[at + above.length] = 0
    draft.set(await nodes.writeObject('manifest', bytes), draft.indexOf(leaf))
  }
  const root = await nodes.writeObject('manifest', draft)
  const id = await nodes.writeObject('commit', commitBytes(root, [parent], 'hostile'))
  await publish(store, [nodes])
  return id
}

test('a tag that names a commit which does not come with it is refused', async (t) => {
  const [source, target] = [newStore(), newStore()]
  const commit = await commitTree(source, { f: 'text' })
  const { encodeTag } = await import('../../src/objects/index.js')
  const tagger = { name: 'A', email: 'a@example.org', time: 0, zone: 0 }
  const nodes = new StoreWriter(source, { kind: 'node' })
  const tag = await nodes.writeObject('tag', encodeTag({ commit, name: 'v1', tagger, message: '' }))
  await publish(source, [nodes])
  await t.throwsAsync(transfer({ source, target, commits: [], tags: [tag], haves: [] }), {
    code: 'DV_CORRUPT',
  })
  t.false(await target.has(tag))
  await transfer({ source, target, commits: [commit], tags: [tag], haves: [] })
  t.true(await target.has(tag))
})
