// The verbs that reach a remote, with a bucket of a real server for one.
import fs from 'node:fs'
import path from 'node:path'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import test, { type ExecutionContext } from 'ava'
import type { CloneOptions, FetchOptions, PushOptions } from '../../src/api/index.js'
import { checkBucket } from '../helpers/check-bucket.js'
import { testRepository } from '../helpers/repository.js'
import { clientOf, forEachServer, type RunningServer, startServer } from '../servers/index.js'

const PUSH: PushOptions = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const FETCH: FetchOptions = { all: false, prune: false, tags: true }
const CLONE: Omit<CloneOptions, 'url'> = { sparse: [], checkout: true }

forEachServer((program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  test(`${program.kind}: what is pushed is cloned, and what is pushed then is fetched`, async (t) => {
    const { settings } = server
    const address = server.newAddress()
    const made = await repository(t, address)
    t.deepEqual(
      (await made.repository.push(PUSH)).updates.map(({ outcome }) => outcome),
      ['new'],
    )
    await checkBucket(t, server, address)
    t.like(await made.api.fsck({ deep: true, remote: 'origin' }), { problems: [], checked: { commits: 1 } })
    const { directory } = await made
      .apiAt('..')
      .clone({ ...CLONE, url: address, settings, directory: 'other' })
    t.is(fs.readFileSync(path.join(directory, 'd/b.txt'), 'utf8'), 'b\n')
    const other = await made.openAt('../other')
    t.deepEqual((await other.fsck({ deep: true })).problems, [])

    made.write({ 'a.txt': 'changed\n', 'd/b.txt': undefined })
    await made.commit('Second')
    t.deepEqual(
      (await made.repository.push(PUSH)).updates.map(({ outcome }) => outcome),
      ['fast-forward'],
    )
    await checkBucket(t, server, address)
    await other.fetch(FETCH)
    t.like(await other.status({ all: false, paths: [], rehash: false }), {
      upstream: { ahead: 0, behind: 1 },
    })
    t.deepEqual((await other.fsck({ deep: true })).problems, [])
    t.deepEqual(
      (await made.repository.push(PUSH)).updates.map(({ outcome }) => outcome),
      ['unchanged'],
    )
  })

  test(`${program.kind}: a prefix where other things lie does not become a store`, async (t) => {
    const address = server.newAddress()
    const [, , Bucket, prefix] = address.split('/')
    const s3 = clientOf(server)
    t.teardown(() => s3.destroy())
    await s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}/My Photos/Cat.JPG`, Body: 'meow' }))
    const made = await repository(t, address)
    const error = await t.throwsAsync(made.repository.push(PUSH), { code: 'DV_NOT_A_STORE' })
    t.regex(error!.message, /Cat\.JPG/)
    await t.throwsAsync(made.apiAt('..').clone({ ...CLONE, url: address, settings: server.settings }), {
      code: 'DV_NO_STORE',
    })
  })

  test(`${program.kind}: two who push first at once make one store`, async (t) => {
    const address = server.newAddress()
    const all = [await repository(t, address), await repository(t, address)]
    const refs = ['a', 'b']
    for (const [i, { repository: one }] of all.entries())
      await one.createBranch({ name: refs[i]!, force: false })
    await Promise.all(all.map(({ repository: one }, i) => one.push({ ...PUSH, refs: [refs[i]!] })))
    await checkBucket(t, server, address)
  })

  async function repository(t: ExecutionContext, url: string) {
    const made = await testRepository(t, { 'a.txt': 'a\n', 'd/b.txt': 'b\n' }, { env: server.env })
    await made.repository.addRemote({ name: 'origin', url, settings: server.settings })
    return made
  }
})
