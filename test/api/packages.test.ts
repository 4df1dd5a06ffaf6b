import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createApi, type PackageInfo, type PackagesOptions } from '../../src/api/index.js'
import { collect, temporaryFolder, testRepository } from '../helpers/repository.js'
import { forEachServer, type RunningServer, startServer } from '../servers/index.js'

const PUSH = { refs: ['main'], all: false, tags: true, setUpstream: true, forceWithLease: false }

function found(t: ExecutionContext, options: PackagesOptions, env = {}): Promise<PackageInfo[]> {
  const cwd = temporaryFolder(t)
  return collect(createApi({ cwd, env: { HOME: cwd, ...env }, clock: Date.now, zone: 0 }).packages(options))
}

test('the stores below a folder are found and described, one that is damaged too', async (t) => {
  const made = await testRepository(t, { 'README.md': '\n# Plates of May\n\nMore.\n', 'a.csv': 'a\n' })
  await made.repository.createTag({ name: 'v1', force: false })
  const folder = temporaryFolder(t)
  await made.repository.addRemote({ name: 'origin', url: path.join(folder, 'lab', 'plates') })
  await made.repository.push(PUSH)
  fs.mkdirSync(path.join(folder, 'broken'))
  fs.writeFileSync(path.join(folder, 'broken', 'dv.json'), 'no record')
  fs.mkdirSync(path.join(folder, 'other', 'dv.json'), { recursive: true })
  const [broken, plates, ...rest] = await found(t, { location: folder })
  t.deepEqual(rest, [])
  t.like(broken, { url: path.join(folder, 'broken'), error: { code: 'DV_CORRUPT' } })
  t.like(plates, {
    ...{ url: path.join(folder, 'lab', 'plates'), head: { branch: 'main' }, tags: ['v1'] },
    ...{ total: { files: 2, bytes: 26 }, description: 'Plates of May' },
  })
  t.deepEqual(await found(t, { location: temporaryFolder(t) }), [])
  await t.throwsAsync(found(t, { location: path.join(folder, 'nope') }), { code: 'DV_NOT_FOUND' })
  await t.throwsAsync(found(t, { location: 'https://host/x' }), { code: 'DV_UNSUPPORTED' })
})

forEachServer((program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  test(`${program.kind}: the stores of a bucket are found and described`, async (t) => {
    const { settings } = server
    const address = server.newAddress()
    for (const name of ['one', 'deep/two']) {
      const made = await testRepository(t, { 'README.md': `# ${name}\n` }, { env: server.env })
      await made.repository.addRemote({ name: 'origin', url: `${address}/${name}`, settings })
      await made.repository.push(PUSH)
    }
    const stores = await found(t, { location: address, settings }, server.env)
    t.deepEqual(
      stores.map(({ url, description }) => [url, description]),
      [
        [`${address}/deep/two`, 'deep/two'],
        [`${address}/one`, 'one'],
      ],
    )
  })
})
