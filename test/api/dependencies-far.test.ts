// Data of stores on real servers, installed into code's folders: what moves, what is asked again, and what is not needed.
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { createApi, type DependenciesApi, type InstallResult } from '../../src/api/index.js'
import { noise } from '../helpers/noise.js'
import { PUSH } from '../helpers/pushed.js'
import { collect, temporaryFolder, TEST_TIME, testRepository } from '../helpers/repository.js'
import { forServer, type RunningServer, startServer } from '../servers/index.js'
import { forNginx, type Nginx, selfMadeCertificate, startNginx } from '../servers/nginx.js'

const BIG = noise(3_000_000, 1)
const FILES = { 'a/big': BIG, 'a/small': 'small\n', 'b/other': noise(600_000, 2) }
const DV = fileURLToPath(new URL('../../../bin/dv', import.meta.url))

/** A user's machine: a home with its cache, and folders of code. */
function machine(t: ExecutionContext, env: Readonly<Record<string, string>> = {}) {
  const home = temporaryFolder(t)
  const codeAt = (name: string) => {
    const cwd = path.join(home, name)
    fs.mkdirSync(cwd, { recursive: true })
    const api = createApi({ cwd, env: { HOME: home, ...env }, clock: () => TEST_TIME, zone: 0 })
    return {
      cwd,
      dependencies: api.dependencies,
      data: (file: string) => fs.readFileSync(path.join(cwd, 'data', file)),
    }
  }
  return { home, codeAt }
}

function install(dependencies: DependenciesApi): Promise<InstallResult> {
  return dependencies.install({ names: [], force: false })
}

async function isSound(t: ExecutionContext, dependencies: DependenciesApi): Promise<void> {
  for (const record of await collect(dependencies.verify({ names: [] })))
    t.like(record, { type: 'dependency', differences: 0 })
}

/** The same bytes but for a few in the middle. */
function edited(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy.set(Buffer.from('edited'), copy.length >> 1)
  return copy
}

/** Two versions of FILES, tagged, and pushed to an address. */
async function twoVersions(
  t: ExecutionContext,
  url: string,
  options: { env?: Readonly<Record<string, string>>; settings?: object } = {},
) {
  const { env = {}, settings } = options
  const made = await testRepository(t, FILES, { env })
  await made.repository.addRemote({
    name: 'origin',
    url,
    ...(settings && { settings: settings as Record<string, string> }),
  })
  await made.repository.createTag({ name: 'v1', force: false })
  made.write({ 'a/big': edited(BIG) })
  await made.commit('Second')
  await made.repository.createTag({ name: 'v2', force: false })
  await made.repository.push({ ...PUSH, tags: true, setUpstream: true })
  return made
}

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  const moved = async (work: () => Promise<unknown>) => (await server.requestsDuring(work)).length

  test.serial(
    `${program.kind}: installed once, it is there for all code of a user without a request`,
    async (t) => {
      const url = server.newAddress()
      await twoVersions(t, url, server)
      const { codeAt } = machine(t, server.env)
      const { dependencies, data, cwd } = codeAt('one')
      const settings = server.settings as Record<string, string>
      for (const tag of ['v1', 'v2'])
        await dependencies.require({ address: `${url}@${tag}`, name: tag, settings, force: false })
      t.true((await moved(() => install(dependencies))) > 0)
      t.deepEqual(data('v1/a/big'), Buffer.from(BIG))
      t.deepEqual(data('v2/a/big'), Buffer.from(edited(BIG)))
      await isSound(t, dependencies)
      t.is(await moved(() => install(dependencies)), 0)
      const other = codeAt('two')
      fs.copyFileSync(path.join(cwd, 'dv.lock'), path.join(other.cwd, 'dv.lock'))
      t.is(await moved(() => install(other.dependencies)), 0)
      t.deepEqual(other.data('v2/a/big'), Buffer.from(edited(BIG)))
      await isSound(t, other.dependencies)
    },
  )

  test.serial(
    `${program.kind}: outdated and update ask the server, whatever is remembered of it`,
    async (t) => {
      const url = server.newAddress()
      const made = await twoVersions(t, url, server)
      const { dependencies, data } = machine(t, server.env).codeAt('code')
      const settings = server.settings as Record<string, string>
      await dependencies.require({ address: `${url}@main:b`, name: 'b', settings, force: false })
      await install(dependencies)
      made.write({ 'b/other': 'now this\n' })
      const { commit } = await made.commit('Third')
      await made.repository.push(PUSH)
      const [item] = await collect(dependencies.outdated({ names: [] }))
      t.like(item, { state: 'moved', newest: { commit: commit.id } })
      t.like(await dependencies.update({ names: [] }), { updated: [{ after: commit.id }] })
      await install(dependencies)
      t.is(data('b/other').toString(), 'now this\n')
      await isSound(t, dependencies)
    },
  )
})

forNginx(() => {
  /** Bytes of answers while something is done. */
  const served = async (nginx: Nginx, work: () => Promise<unknown>) => {
    nginx.requests()
    await work()
    return nginx.requests().reduce((sum, line) => sum + Number(line.split(' ')[3]), 0)
  }

  async function shown(t: ExecutionContext) {
    const folder = temporaryFolder(t)
    await twoVersions(t, path.join(folder, 'public'))
    return startNginx(t, { root: path.join(folder, 'public') })
  }

  test('chunks that two versions share are fetched once', async (t) => {
    const nginx = await shown(t)
    const { dependencies, data } = machine(t).codeAt('code')
    for (const tag of ['v1', 'v2'])
      await dependencies.require({ address: `${nginx.url}@${tag}`, name: tag, force: false })
    const bytes = await served(nginx, () => install(dependencies))
    const whole = BIG.length + 600_006
    t.true(bytes > whole && bytes < 1.1 * whole, `${bytes} bytes moved for ${whole} and a few`)
    t.deepEqual(data('v2/a/big'), Buffer.from(edited(BIG)))
    await isSound(t, dependencies)
  })

  test('only what a path and an expression mean is moved', async (t) => {
    const nginx = await shown(t)
    const { dependencies, data } = machine(t).codeAt('code')
    const where = "name = 'small'"
    await dependencies.require({ address: `${nginx.url}@v1:a`, name: 'part', where, force: false })
    const bytes = await served(nginx, () => install(dependencies))
    t.true(bytes > 0 && bytes < 200_000, `${bytes} bytes moved`)
    t.is(data('part/small').toString(), 'small\n')
    await isSound(t, dependencies)
  })

  test('what does not fit into the cache comes all the same, and is asked for again', async (t) => {
    const nginx = await shown(t)
    const { dependencies, data, cwd } = machine(t, { DV_CACHE_SIZE: '4MB' }).codeAt('code')
    await dependencies.require({ address: `${nginx.url}@v1`, name: 'v1', force: false })
    await install(dependencies)
    t.deepEqual(data('v1/a/big'), Buffer.from(BIG))
    fs.rmSync(path.join(cwd, 'data'), { recursive: true })
    const bytes = await served(nginx, () => install(dependencies))
    t.true(bytes > BIG.length / 2, `${bytes} bytes moved again`)
    await isSound(t, dependencies)
  })

  test('over https: installed, and again by other code with the server gone', async (t) => {
    const made = await testRepository(t, FILES)
    await made.repository.addRemote({ name: 'public', url: '../public' })
    await made.repository.push({ ...PUSH, remote: 'public' })
    const tls = selfMadeCertificate(t)
    const nginx = await startNginx(t, { root: path.join(made.root, '../public'), tls })
    const { home } = machine(t)
    // A process of its own: Node reads whom to trust when it starts.
    const env = { PATH: process.env['PATH']!, HOME: home, NODE_EXTRA_CA_CERTS: tls.certificate }
    const dv = (folder: string, ...args: string[]) => {
      const cwd = path.join(home, folder)
      fs.mkdirSync(cwd, { recursive: true })
      return promisify(execFile)(process.execPath, [DV, ...args], { cwd, env })
    }
    await dv('one', 'require', `${nginx.url}@main`, 'photos')
    await dv('one', 'install', '--frozen')
    nginx.requests()
    await dv('one', 'install')
    t.deepEqual(nginx.requests(), [])
    fs.mkdirSync(path.join(home, 'two'))
    fs.copyFileSync(path.join(home, 'one/dv.lock'), path.join(home, 'two/dv.lock'))
    await nginx.stop()
    await dv('two', 'install', '--frozen')
    t.deepEqual(fs.readFileSync(path.join(home, 'two/data/photos/a/big')), Buffer.from(BIG))
    await dv('two', 'verify')
    await dv('two', 'cache', 'clear')
    fs.rmSync(path.join(home, 'two/data'), { recursive: true })
    const error = await t.throwsAsync(dv('two', 'install'))
    t.regex((error as unknown as { stderr: string }).stderr, /^error: .*cannot be reached/)
    t.false(fs.existsSync(path.join(home, 'two/data')))
  })
})
