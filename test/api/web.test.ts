import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import type { CloneOptions, FetchOptions, PushOptions } from '../../src/api/index.js'
import type { DvError } from '../../src/base/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { type TestRepository, testRepository } from '../helpers/repository.js'
import { forNginx, type NginxOptions, selfMadeCertificate, startNginx } from '../servers/nginx.js'
import { checkStore } from '../transfer/world.js'

const PUSH: PushOptions = { refs: [], all: false, tags: false, setUpstream: false, forceWithLease: false }
const FETCH: FetchOptions = { all: false, prune: true, tags: true }
const CLONE: Omit<CloneOptions, 'url'> = { sparse: [], checkout: true }

const files = Object.fromEntries(
  Array.from({ length: 200 }, (_, i) => [`d${i % 7}/${i}.txt`, `file ${i} ${'x'.repeat(i * 40)}\n`]),
)

/** A repository whose pushes lie in a folder that nginx shows. */
async function published(t: ExecutionContext, options: Omit<NginxOptions, 'root'> = {}) {
  const made = await testRepository(t, files)
  await made.repository.addRemote({ name: 'public', url: '../public' })
  await made.repository.push({ ...PUSH, remote: 'public' })
  const folder = path.join(made.root, '../public')
  return { ...made, folder, nginx: await startNginx(t, { root: folder, ...options }) }
}

async function cloned(made: TestRepository, url: string, directory = 'clone') {
  const result = await made.apiAt('..').clone({ ...CLONE, url, directory })
  return { root: result.directory, result, repository: await made.openAt(`../${directory}`) }
}

function sameFiles(t: ExecutionContext, made: TestRepository, root: string): void {
  for (const file of made.list()) t.is(fs.readFileSync(path.join(root, file), 'utf8'), made.read(file))
}

async function wholeStore(t: ExecutionContext, root: string): Promise<void> {
  await checkStore(t, openDirectoryStorage(path.join(root, '.dv/store'), { readOnly: true }))
}

forNginx(() => {
  test('a store that nginx shows is cloned, whole and verified; the URL is kept', async (t) => {
    const made = await published(t)
    const { root, result, repository } = await cloned(made, `${made.nginx.url}/`)
    t.is(result.branch, 'main')
    sameFiles(t, made, root)
    await wholeStore(t, root)
    t.deepEqual(await repository.remotes(), [{ name: 'origin', url: `${made.nginx.url}/` }])
    t.true(made.nginx.requests().every((line) => line.startsWith('GET /')))
    const { problems, checked } = await repository.fsck({ deep: true, remote: 'origin' })
    t.deepEqual(problems, [])
    t.true(checked.commits > 0 && checked.bytes > 0)
  })

  test('fetch and pull see branches and tags come, move and go', async (t) => {
    const made = await published(t)
    const { root, repository } = await cloned(made, made.nginx.url)
    made.write({ 'd1/1.txt': 'edited\n', 'new.txt': 'new\n' })
    await made.commit('Edit')
    await made.repository.createTag({ name: 'v1', message: 'One', force: false })
    await made.repository.createBranch({ name: 'side/x', force: false })
    await made.repository.push({ ...PUSH, remote: 'public', refs: ['main', 'side/x', 'v1'] })
    await repository.pull({ fastForward: 'only' })
    sameFiles(t, made, root)
    const names = async () => (await repository.refNames()).remoteBranches
    t.true((await names()).includes('origin/side/x'))
    t.deepEqual((await repository.refNames()).tags, ['v1'])
    await made.repository.push({ ...PUSH, remote: 'public', refs: [':side/x'] })
    await repository.fetch(FETCH)
    t.false((await names()).includes('origin/side/x'))
    await wholeStore(t, root)
  })

  test('nothing can be pushed to it, and that is said before anything is sent', async (t) => {
    const made = await published(t)
    const { repository } = await cloned(made, made.nginx.url)
    made.nginx.requests()
    const error = await t.throwsAsync(repository.push(PUSH), { code: 'DV_READ_ONLY' })
    t.regex(error!.message, /is a web server/)
    t.deepEqual(made.nginx.requests(), [])
  })

  test('an address without a store, and one with a page, are DV_NO_STORE and leave nothing behind', async (t) => {
    const made = await published(t, { server: 'location /app { rewrite ^ /index.html break; }' })
    fs.writeFileSync(path.join(made.folder, 'index.html'), '<p>Log in</p>')
    for (const [place, message] of [
      ['/nowhere', /There is no store in/],
      ['/app', /There is no store in/],
    ] as const) {
      await t.throwsAsync(cloned(made, made.nginx.url + place), { code: 'DV_NO_STORE', message })
      t.false(fs.existsSync(path.join(made.root, '../clone')))
    }
    await made.repository.addRemote({ name: 'gone', url: `${made.nginx.url}/nowhere` })
    const fetched = made.repository.fetch({ remote: 'gone', all: false, prune: false, tags: true })
    const error = await t.throwsAsync<DvError>(fetched, { code: 'DV_NO_STORE' })
    t.is(error!.hint, "'dv remote set-url gone URL' if it moved", 'nothing is pushed to a web server')
  })

  test('of what a flipped bit on the server spoils nothing is checked out; what it spares comes, the rest when it is whole', async (t) => {
    const made = await published(t)
    const packs = path.join(made.folder, 'packs')
    let came = 0
    for (const [i, name] of fs.readdirSync(packs).entries())
      for (const part of [0.1, 0.3, 0.9]) {
        const file = path.join(packs, name)
        const whole = fs.readFileSync(file)
        const damaged = Buffer.from(whole)
        damaged[Math.floor(whole.length * part)]! ^= 4
        fs.chmodSync(file, 0o644)
        fs.writeFileSync(file, damaged)
        const directory = `clone${i}-${part * 10}`
        const outcome = await cloned(made, made.nginx.url, directory).catch((error: DvError) => error.code)
        fs.writeFileSync(file, whole)
        const root = path.join(made.root, '..', directory)
        if (typeof outcome === 'string') {
          // The list of what is there is spoilt, or the commit itself.
          t.is(outcome, 'DV_CORRUPT')
          t.false(fs.existsSync(root))
          continue
        }
        came++
        t.true(outcome.result.lost!.objects > 0)
        const written = made.list().filter((each) => fs.existsSync(path.join(root, each)))
        for (const each of written) t.is(fs.readFileSync(path.join(root, each), 'utf8'), made.read(each))
        await outcome.repository.fetch(FETCH)
        await (await made.openAt(`../${directory}`)).restore({ paths: ['.'] })
        sameFiles(t, made, root)
        await wholeStore(t, root)
      }
    t.true(came > 0)
  })

  test('a clone that lost its server goes on where it was', async (t) => {
    const made = await published(t, { server: 'limit_rate 1m;' })
    const bytes = randomBytes(3_000_000)
    made.write({ 'big.bin': bytes })
    await made.commit('Big')
    await made.repository.push({ ...PUSH, remote: 'public' })
    const begun = cloned(made, made.nginx.url)
    const packs: string[] = []
    while (packs.length === 0) {
      await sleep(10)
      packs.push(...made.nginx.requests().filter((line) => line.startsWith('GET /packs/')))
    }
    await made.nginx.stop()
    await t.throwsAsync(begun, { code: 'DV_NETWORK', message: /nothing listens there; tried \d times/ })
    await startNginx(t, { root: made.folder, port: made.nginx.port })
    const { root } = await cloned(made, made.nginx.url)
    t.true(fs.readFileSync(path.join(root, 'big.bin')).equals(bytes))
    await wholeStore(t, root)
  })

  test('over TLS only a server that is trusted is read from; user-info of the URL is neither used nor kept', async (t) => {
    const tls = selfMadeCertificate(t)
    const made = await published(t, { tls })
    const url = made.nginx.url.replace('//', '//ann:s3cret@')
    const clone = (env: Record<string, string>) =>
      dv(['clone', url, 'clone'], { cwd: path.dirname(made.root), env })
    const refused = await clone({})
    t.regex(refused.stderr, /cannot be trusted: [^]*NODE_EXTRA_CA_CERTS/)
    const { stdout, stderr } = await clone({ NODE_EXTRA_CA_CERTS: tls.certificate })
    t.true(stdout.startsWith(`Cloned '${made.nginx.url}/'`), stdout)
    t.regex(stderr, /user name or password in the URL was not saved/)
    const root = path.join(made.root, '../clone')
    sameFiles(t, made, root)
    await wholeStore(t, root)
    t.notRegex(refused.stdout + refused.stderr + stdout + stderr, /s3cret/)
    for (const file of fs.readdirSync(path.join(root, '.dv'), { recursive: true, withFileTypes: true }))
      if (file.isFile()) t.false(fs.readFileSync(path.join(file.parentPath, file.name)).includes('s3cret'))
  })
})

/** The program itself, as a user starts it. */
async function dv(args: string[], { cwd, env }: { cwd: string; env: Record<string, string> }) {
  const started = promisify(execFile)(path.resolve('bin/dv'), args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, ...env },
  })
  return await started.catch((error: { stdout: string; stderr: string }) => error)
}
