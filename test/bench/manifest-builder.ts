// A process of its own, so that its memory is that of building: makes a repository with a manifest of many entries
// around its directory and prints what that took: node manifest-builder.js ENTRIES CHANGED.
import { closeContext, currentHead, manifestOf, openContext } from '../../src/api/context.js'
import { editManifest } from '../../src/manifest/index.js'
import { publishPacks, StoreWriter } from '../../src/store/index.js'
import { makeLargeManifest, pathOf } from './large-manifest.js'

/** Seconds, until all is durable. */
export interface BuilderReport {
  build: number
  editMany: number
  editOne: number
}

/** More contents than that tell nothing new of a manifest, and their ids would be the most of its memory. */
const CONTENTS_MAX = 100_000

const [entries = 0, changed = 0] = process.argv.slice(2).map(Number)
const copies = Math.ceil(entries / CONTENTS_MAX)
const { build, edit } = await makeLargeManifest(process.cwd(), { files: entries, copies, changed })
const report: BuilderReport = { build: build / 1000, editMany: edit / 1000, editOne: await editOne() }
process.stdout.write(JSON.stringify(report))

/** Removes an entry from the last version. */
async function editOne(): Promise<number> {
  const context = await openContext({ cwd: process.cwd(), env: {}, clock: Date.now, zone: 0 })
  const { store, storage } = context
  const manifest = await manifestOf(context, (await currentHead(context)).commit)
  const start = performance.now()
  const nodes = new StoreWriter(store, { kind: 'node' })
  await editManifest(nodes, manifest!, [[pathOf(entries >> 1, entries), undefined]])
  await publishPacks(storage, await nodes.finish())
  const elapsed = performance.now() - start
  await closeContext(context)
  return elapsed / 1000
}
