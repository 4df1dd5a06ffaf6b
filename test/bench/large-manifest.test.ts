import test from 'ava'
import { createApi } from '../../src/api/index.js'
import { collect, temporaryFolder } from '../helpers/repository.js'
import { makeLargeManifest, pathOf } from './large-manifest.js'

test('the repository that manifests are measured on is whole, and its commits differ in what they should', async (t) => {
  const root = temporaryFolder(t)
  await makeLargeManifest(root, { files: 5000, copies: 2, changed: 10 })
  const repository = await createApi({ cwd: root, env: {}, clock: Date.now, zone: 0 }).open()
  t.teardown(() => repository.close())
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
  const fixed = { mergeBase: false, paths: [], content: false, context: 3 }
  const records = await collect(repository.diff({ ...fixed, from: 'first', to: 'main' }))
  const changed = records.flatMap((record) => (record.type === 'change' ? [record.path] : []))
  t.deepEqual(
    changed,
    Array.from({ length: 10 }, (_, i) => pathOf(i * 500, 5000)),
  )
})
