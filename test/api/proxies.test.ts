// Stores behind a proxy, which alone knows the names of their servers.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { testRepository, type TestRepository } from '../helpers/repository.js'
import { forServer, startServer } from '../servers/index.js'
import { forNginx, selfMadeCertificate, startNginx } from '../servers/nginx.js'
import { startProxy, type TestProxy } from '../servers/proxy.js'

const LOGIN = 'ann:s3cret'
const PUSH = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }

/** Files that take several packs, and several connections. */
async function repository(t: ExecutionContext, env: Record<string, string> = {}): Promise<TestRepository> {
  const made = await testRepository(t, undefined, { env })
  for (let i = 0; i < 4; i++) made.write({ [`big${i}`]: randomBytes(9_000_000), [`small${i}`]: `${i}\n` })
  await made.commit('First')
  return made
}

async function isWhole(t: ExecutionContext, made: TestRepository, directory: string): Promise<void> {
  const other = await made.openAt(`../${directory}`)
  t.deepEqual((await other.fsck({ deep: true })).problems, [])
  for (const file of made.list())
    t.true(
      fs
        .readFileSync(path.join(made.root, '..', directory, file))
        .equals(fs.readFileSync(path.join(made.root, file))),
    )
}

function allThrough({ seen }: TestProxy, pattern: RegExp): boolean {
  return seen.length > 0 && seen.every((one) => pattern.test(one))
}

/** The program itself, which alone can be told at its start whom to trust. */
async function dv(made: TestRepository, args: string[], env: Record<string, string>) {
  const cwd = made.root
  return promisify(execFile)(path.resolve('bin/dv'), args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, NODE_NO_WARNINGS: '1', ...env },
  })
}

forServer('versitygw', (program) => {
  test.serial(
    'a bucket over plain HTTP is written and read through the proxy of the environment',
    async (t) => {
      const server = await startServer(program)
      t.teardown(() => server.stop())
      const proxy = await startProxy(t, { login: LOGIN })
      const made = await repository(t, { ...server.env, http_proxy: proxy.url })
      const settings = { endpoint: server.endpoint.replace('127.0.0.1', 'bucket.lab') }
      const url = server.newAddress()
      await made.repository.addRemote({ name: 'origin', url, settings })
      await made.repository.push(PUSH)
      await made.apiAt('..').clone({ url, settings, directory: 'other', sparse: [], checkout: true })
      await isWhole(t, made, 'other')
      t.true(allThrough(proxy, /^(GET|PUT|HEAD|DELETE) bucket\.lab:\d+$/), String(proxy.seen))
    },
  )

  test.serial('a bucket over TLS is written and read through tunnels, which are used again', async (t) => {
    const { certificate: cert, key } = selfMadeCertificate(t, 'bucket.lab')
    const server = await startServer(program, { tls: { cert, key } })
    t.teardown(() => server.stop())
    fs.mkdirSync(path.join(server.folder, 'data', server.bucket), { recursive: true })
    const proxy = await startProxy(t, { login: LOGIN })
    const made = await repository(t)
    const env = { ...server.env, HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: cert }
    const url = server.newAddress()
    const endpoint = ['--endpoint', server.endpoint.replace('127.0.0.1', 'bucket.lab')]
    await dv(made, ['remote', 'add', 'origin', url, ...endpoint], env)
    const requests = await server.requestsDuring(async () => {
      await dv(made, ['push', '-q'], env)
      await dv(made, ['clone', '-q', url, '../other', ...endpoint], env)
    })
    await isWhole(t, made, 'other')
    t.true(allThrough(proxy, /^CONNECT bucket\.lab:\d+$/), String(proxy.seen))
    t.true(proxy.seen.length < requests.length, `${proxy.seen.length} tunnels, ${requests.length} requests`)
    t.log(`${proxy.seen.length} tunnels, ${requests.length} requests`)
  })
})

forNginx(() => {
  for (const scheme of ['http', 'https'] as const)
    test.serial(`a web server is read through the proxy of the environment: ${scheme}`, async (t) => {
      const tls = selfMadeCertificate(t, 'data.lab')
      const made = await repository(t)
      await made.repository.addRemote({ name: 'public', url: '../public' })
      await made.repository.push({ ...PUSH, remote: 'public' })
      const root = path.join(made.root, '../public')
      const nginx = await startNginx(t, { root, ...(scheme === 'https' && { tls }) })
      const proxy = await startProxy(t, { login: LOGIN })
      const url = `${scheme}://data.lab:${nginx.port}`
      const env = { ALL_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: tls.certificate }
      const { stdout, stderr } = await dv(made, ['clone', url, '../other'], env)
      await isWhole(t, made, 'other')
      t.true(allThrough(proxy, scheme === 'http' ? /^GET data\.lab:/ : /^CONNECT data\.lab:/))
      t.notRegex(stdout + stderr, /s3cret/)
    })
})

test('services that give credentials are asked through the proxy too', async (t) => {
  const proxy = await startProxy(t, { refusal: 403 })
  const made = await repository(t)
  const token = path.join(made.root, '../token')
  fs.writeFileSync(token, 'a token')
  const env = {
    ...{ HTTPS_PROXY: proxy.url, AWS_REGION: 'eu-north-1', AWS_EC2_METADATA_DISABLED: 'true' },
    ...{ AWS_ROLE_ARN: 'arn:aws:iam::1:role/lab', AWS_WEB_IDENTITY_TOKEN_FILE: token },
  }
  const failed = await t.throwsAsync<Error & { stderr: string }>(dv(made, ['ls', 's3://data/set'], env))
  t.regex(failed.stderr, /does not let through to 'sts\.eu-north-1\.amazonaws\.com'/)
  t.deepEqual([...new Set(proxy.seen)], ['CONNECT sts.eu-north-1.amazonaws.com:443'])
})
