// That the pinned servers evaluate a condition and publish the object in one step: all that dv's refs rest on.
// Their fixes: versity/versitygw#2288, minio/minio#21526.
import { PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import test from 'ava'
import { clientOf, forEachServer, type RunningServer, startServer } from './index.js'

const WRITERS = 16
const ROUNDS = 10

forEachServer((program) => {
  let server: RunningServer
  let clients: S3Client[]
  test.before(async () => {
    server = await startServer(program)
    clients = Array.from({ length: WRITERS }, () => clientOf(server))
  })
  test.after.always(async () => {
    for (const client of clients) client.destroy()
    await server.stop()
  })

  test(`${program.kind}: of many who create one object exactly one succeeds`, async (t) => {
    t.log(`${server.kind} ${server.version}`)
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await race(clients, `create-${round}`, { IfNoneMatch: '*' })
      t.deepEqual(answers.filter((status) => status === 200).length, 1, answers.join(' '))
    }
  })

  test(`${program.kind}: of many who replace one version exactly one succeeds`, async (t) => {
    const Key = 'replaced'
    const first = await clients[0]!.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: 'first' }))
    let etag = first.ETag!
    for (let round = 0; round < ROUNDS; round++) {
      const etags: string[] = []
      const answers = await race(clients, Key, { IfMatch: etag }, etags)
      t.deepEqual(etags.length, 1, answers.join(' '))
      etag = etags[0]!
    }
  })

  test(`${program.kind}: what is not there is not replaced`, async (t) => {
    const answers = await race(clients, 'absent', { IfMatch: '"d41d8cd98f00b204e9800998ecf8427e"' })
    t.true(
      answers.every((status) => status === 404 || status === 412),
      answers.join(' '),
    )
  })

  async function race(
    writers: readonly S3Client[],
    Key: string,
    condition: { IfMatch?: string; IfNoneMatch?: string },
    etags: string[] = [],
  ): Promise<number[]> {
    const puts = writers.map(async (client, i) => {
      try {
        const Body = `${Key} by ${i} after ${condition.IfMatch}`
        const put = new PutObjectCommand({ Bucket: server.bucket, Key, Body, ...condition })
        etags.push((await client.send(put)).ETag!)
        return 200
      } catch (error) {
        return error instanceof S3ServiceException ? error.$metadata.httpStatusCode! : 0
      }
    })
    return await Promise.all(puts)
  }
})
