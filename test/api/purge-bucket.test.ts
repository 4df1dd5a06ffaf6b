// A purge where the data lies in a bucket of a real server: every object there is read and searched.
import fs from 'node:fs'
import path from 'node:path'
import { GetObjectCommand, ListObjectsV2Command, PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import test from 'ava'
import { noise } from '../helpers/noise.js'
import { holdersBelow, holdersOf } from '../helpers/purged-bytes.js'
import { NO_COMMIT_OPTIONS, testRepository } from '../helpers/repository.js'
import { clientOf, forEachServer, type RunningServer, startServer } from '../servers/index.js'
import { createBucket } from '../servers/s3-server.js'

const PUSH = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const PURGE = { paths: [], contents: [], at: [], files: false, dryRun: false, reason: 'a leaked key' }
const SECRET = noise(40_000, 3)
const MARKERS = [SECRET.subarray(10, 74), SECRET.subarray(39_000, 39_064)]

forEachServer((program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  test(`${program.kind}: a bucket is purged, and a clone that has it all cannot bring it back`, async (t) => {
    const url = server.newAddress()
    const files = { key: SECRET, more: noise(40_000, 4), 'd/small': 'small' }
    const made = await testRepository(t, files, { env: server.env, chunkSize: 4096 })
    const { repository, root, apiAt, openAt } = made
    await repository.addRemote({ name: 'origin', url, settings: server.settings })
    await repository.push(PUSH)
    const clone = { settings: server.settings, sparse: [], checkout: true }
    await apiAt('..').clone({ ...clone, url, directory: 'bob' })
    await apiAt('..').clone({ ...clone, url, directory: 'lazy', lazy: true })
    t.not(await holders(url), 0)

    const { stores } = await repository.purge({ ...PURGE, paths: ['key'] })
    t.like(stores, [{ outcome: 'purged' }, { outcome: 'purged' }])
    t.is(await holders(url), 0)
    const sound = async () => t.like(await made.api.fsck({ deep: true, remote: 'origin' }), { problems: [] })
    await sound()

    const bob = await openAt('../bob')
    const config = apiAt('../bob').config
    await config.set('user.name', 'Bob', 'repository')
    await config.set('user.email', 'bob@example.org', 'repository')
    fs.writeFileSync(path.join(root, '../bob/copy'), SECRET)
    fs.writeFileSync(path.join(root, '../bob/own'), 'his own')
    await bob.commit({ ...NO_COMMIT_OPTIONS, message: 'A copy' })
    await bob.push(PUSH)
    t.is(await holders(url), 0)
    await sound()
    await bob.fetch({ all: false, prune: false, tags: true })
    t.deepEqual((await bob.fsck({ deep: true })).problems, [])
    t.is((await bob.fsck({ deep: false })).checked.purged, 1)
    t.deepEqual(holdersBelow(bob.store, MARKERS), [])

    // A lazy clone learns of it when it asks for what it was promised.
    const lazy = await openAt('../lazy')
    await t.throwsAsync(lazy.cat({ address: 'key' }), { code: 'DV_PURGED' })
    await lazy.sparse({ patterns: ['more'], add: true, force: false })
    t.is(fs.statSync(path.join(root, '../lazy/more')).size, 40_000)
    t.deepEqual((await lazy.fsck({ deep: true })).problems, [])
  })

  test(`${program.kind}: a bucket that keeps old versions is told of, as there the data can still be had`, async (t) => {
    const url = 's3://versions/store'
    await createBucket(server.endpoint, 'versions')
    const made = await testRepository(t, { key: SECRET }, { env: server.env, chunkSize: 4096 })
    const { repository } = made
    if (!(await keepsVersions(url))) return t.pass('it keeps none')
    await repository.addRemote({ name: 'origin', url, settings: server.settings })
    await repository.push(PUSH)
    const { stores } = await repository.purge({ ...PURGE, paths: ['key'] })
    t.deepEqual(
      stores.map(({ keepsDeleted }) => keepsDeleted),
      [undefined, true],
    )
    t.is(await holders(url), 0, 'whoever reads the store finds nothing')
  })

  /** Has the bucket keep old versions; whether it can. */
  async function keepsVersions(url: string): Promise<boolean> {
    const s3 = clientOf(server)
    const VersioningConfiguration = { Status: 'Enabled' } as const
    try {
      await s3.send(new PutBucketVersioningCommand({ Bucket: url.split('/')[2], VersioningConfiguration }))
      return true
    } catch {
      return false
    } finally {
      s3.destroy()
    }
  }

  /** Objects of the store that hold any of the secret. */
  async function holders(url: string): Promise<number> {
    const [, , Bucket, Prefix] = url.split('/')
    const s3 = clientOf(server)
    try {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
      const objects = new Map<string, Buffer>()
      for (const { Key } of Contents) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
        objects.set(Key!, Buffer.from(await Body!.transformToByteArray()))
      }
      return holdersOf(objects, MARKERS).length
    } finally {
      s3.destroy()
    }
  }
})
