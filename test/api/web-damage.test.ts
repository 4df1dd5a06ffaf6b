// A web server behind a bad line: what arrives altered or cut short is read once more.
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { testRepository } from '../helpers/repository.js'
import { type Fault, startFaultProxy } from '../servers/fault-proxy.js'
import { checkStore } from '../transfer/world.js'
import { openDirectoryStorage } from '../../src/storage/index.js'

const PUSH = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const FILES = Object.fromEntries(
  Array.from({ length: 100 }, (_, i) => [`d${i % 7}/${i}.txt`, `file ${i} ${'x'.repeat(i * 40)}\n`]),
)

/** Shows the files of a folder, whole and in ranges. */
async function startFileServer(t: ExecutionContext, root: string): Promise<string> {
  const server = http.createServer(({ url = '/', headers }, response) => {
    const file = path.join(root, decodeURIComponent(url))
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end()
    const bytes = fs.readFileSync(file)
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    if (first === undefined)
      return void response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes)
    const part = bytes.subarray(Number(first), Number(last) + 1)
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`
    response.writeHead(206, { 'Content-Length': part.length, 'Content-Range': range }).end(part)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

for (const fault of ['flip-download', 'truncate'] satisfies Fault[])
  test(`a clone from a web server gets over answers with: ${fault}`, async (t) => {
    const made = await testRepository(t, FILES)
    await made.repository.addRemote({ name: 'origin', url: '../public' })
    await made.repository.push(PUSH)
    const upstream = await startFileServer(t, path.join(made.root, '../public'))
    const proxy = await startFaultProxy({ upstream, seed: 3, faults: { [fault]: 0.5 } })
    t.teardown(() => proxy.close())
    const options = { url: proxy.endpoint, directory: 'clone', sparse: [], checkout: true }
    const { directory } = await made.apiAt('..').clone(options)
    t.true(proxy.seen.filter((request) => request.fault === fault).length > 1)
    for (const file of made.list()) t.is(fs.readFileSync(path.join(directory, file), 'utf8'), made.read(file))
    const storage = openDirectoryStorage(path.join(directory, '.dv/store'), { readOnly: true })
    t.true((await checkStore(t, storage)) > 0)
  })
