import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { DvError } from '../../src/base/index.js'
import type { DependenciesApi, InstallOptions, RequireOptions, VerifyRecord } from '../../src/api/index.js'
import { damageIn } from '../helpers/damage.js'
import { noise } from '../helpers/noise.js'
import { PURGE } from '../helpers/purging.js'
import {
  collect,
  temporaryFolder,
  type TestFiles,
  type TestRepository,
  testRepository,
} from '../helpers/repository.js'
import { listed } from '../helpers/temporary.js'

const FILES = {
  'day1/a.csv': 'a\n',
  'day1/deep/b.csv': 'bb\n',
  'run.sh': { executable: '#!/bin/sh\n' },
  link: { link: 'run.sh' },
  top: 'top\n',
}

async function world(t: ExecutionContext, files: TestFiles = FILES) {
  const made = await testRepository(t, files)
  const code = path.join(temporaryFolder(t), 'code')
  fs.mkdirSync(code)
  return { made, code, ...verbsAt(made, code) }
}

function verbsAt(made: TestRepository, folder: string) {
  const { dependencies } = made.apiAt(folder)
  return {
    dependencies,
    lock: path.join(folder, 'dv.lock'),
    pin: (options: Partial<RequireOptions> = {}) =>
      dependencies.require({
        address: `${made.root}@main`,
        name: 'data',
        into: path.join(folder, 'in'),
        force: false,
        ...options,
      }),
    install: (options: Partial<InstallOptions> = {}) =>
      dependencies.install({ names: [], force: false, ...options }),
    verified: (dependencies_: DependenciesApi = dependencies) => differences(dependencies_),
    at: (name: string) => path.join(folder, name),
  }
}

async function differences(dependencies: DependenciesApi): Promise<string[]> {
  const records: VerifyRecord[] = await collect(dependencies.verify({ names: [] }))
  return records.flatMap((record) =>
    record.type === 'difference' ? [`${record.difference} ${record.path}`] : [],
  )
}

test('what is required is installed byte for byte, outside of any repository, and verified', async (t) => {
  const { pin, install, verified, at, lock, made } = await world(t)
  const result = await pin({ address: `${path.relative(at('.'), made.root)}` })
  t.like(result, {
    lock,
    dependency: { name: 'data', revision: 'main', into: 'in' },
    total: { files: 5, bytes: 25 },
  })
  t.regex(fs.readFileSync(lock, 'utf8'), /^\{"dv.lock":1\}\n\{"name":"data","url":"\.\.\/.*\/work",.*\}\n$/)
  const { dependencies } = await install()
  t.like(dependencies[0], {
    folder: at('in'),
    written: { files: 5, bytes: 25 },
    kept: { files: 0, bytes: 0 },
  })
  t.deepEqual(listed(at('in')), made.list())
  t.is(fs.readFileSync(at('in/day1/deep/b.csv'), 'utf8'), 'bb\n')
  t.is(fs.readlinkSync(at('in/link')), 'run.sh')
  t.not(fs.statSync(at('in/run.sh')).mode & 0o100, 0)
  t.deepEqual(await verified(), [])
  t.like((await install()).dependencies[0], {
    written: { files: 0, bytes: 0 },
    kept: { files: 5, bytes: 25 },
  })
})

test('the lock file is found from a folder below, and a folder is named as seen from there', async (t) => {
  const { made, pin, at } = await world(t)
  await pin()
  fs.mkdirSync(at('src/deep'), { recursive: true })
  const below = verbsAt(made, at('src/deep'))
  await below.pin({ name: 'other', into: '../x' })
  t.deepEqual(
    (await below.dependencies.list()).map(({ into }) => into),
    ['in', 'src/x'],
  )
  await below.install()
  t.true(fs.existsSync(at('src/x/top')))
  t.false(fs.existsSync(at('src/deep/dv.lock')))
})

test('a path, a pattern and an expression say what of a tree is meant', async (t) => {
  const { pin, install, at, made, verified } = await world(t)
  await pin({ address: `${made.root}@main:day1`, name: 'directory', into: at('a') })
  await pin({ address: `${made.root}@main:day1/deep/b.csv`, name: 'file', into: at('b') })
  await pin({ address: `${made.root}@main:**/*.csv`, name: 'pattern', into: at('c') })
  const counted = await pin({ name: 'where', into: at('d'), where: "extension = 'csv' AND size > 2" })
  t.deepEqual(counted.total, { files: 1, bytes: 3 })
  await install()
  t.deepEqual(listed(at('a')), ['a.csv', 'deep/b.csv'])
  t.deepEqual(listed(at('b')), ['b.csv'])
  t.deepEqual(listed(at('c')), ['day1/a.csv', 'day1/deep/b.csv'])
  t.deepEqual(listed(at('d')), ['day1/deep/b.csv'])
  t.deepEqual(await verified(), [])
})

test('verify tells what is missing, changed and extra, by content, and reads no link', async (t) => {
  const { pin, install, at, dependencies } = await world(t)
  await pin()
  t.deepEqual(await differences(dependencies), ['missing .'])
  await install()
  const same = fs.statSync(at('in/top'))
  fs.writeFileSync(at('in/top'), 'pot\n')
  fs.utimesSync(at('in/top'), same.atime, same.mtime)
  fs.rmSync(at('in/day1/a.csv'))
  fs.writeFileSync(at('in/day1/mine'), 'mine')
  fs.writeFileSync(at('in/.DS_Store'), 'litter')
  fs.rmSync(at('in/link'))
  fs.symlinkSync('top', at('in/link'))
  fs.rmSync(at('in/run.sh'))
  fs.symlinkSync(at('in/top'), at('in/run.sh'))
  fs.renameSync(at('in/day1/deep'), at('deep'))
  fs.symlinkSync(at('deep'), at('in/day1/deep'))
  t.deepEqual(await differences(dependencies), [
    ...[
      'missing day1/a.csv',
      'extra day1/deep',
      'missing day1/deep/b.csv',
      'extra day1/mine',
      'changed link',
    ],
    ...['changed run.sh', 'changed top'],
  ])
  const records = await collect(dependencies.verify({ names: [] }))
  const top = records.find((record) => record.type === 'difference' && record.path === 'top')
  t.like(top, { wanted: await b3(t, 'top\n'), found: await b3(t, 'pot\n') })
  t.like(records.at(-1), { type: 'dependency', sound: { files: 0 }, differences: 7 })
})

async function b3(t: ExecutionContext, text: string): Promise<string> {
  const { hashChunk, toHex } = await import('../../src/hash/index.js')
  t.truthy(text)
  return toHex(hashChunk(Buffer.from(text)))
}

test('an update takes the place of what was installed: files come, change and go, folders and files change places', async (t) => {
  const { made, pin, install, at, dependencies, verified } = await world(t)
  await pin()
  await install()
  t.deepEqual((await collect(dependencies.outdated({ names: [] })))[0]!.state, 'current')
  t.deepEqual((await dependencies.update({ names: [] })).current, ['data'])
  made.write({ 'day1/a.csv': undefined, 'day1/deep/b.csv': undefined, day1: 'a file now\n', top: undefined })
  made.write({ 'top/inner': 'a folder now\n', 'run.sh': '#!/bin/sh\n' })
  const { commit } = await made.commit('Second')
  const [item] = await collect(dependencies.outdated({ names: ['data'] }))
  t.like(item, { state: 'moved', newest: { commit: commit.id, subject: 'Second' } })
  t.like(await dependencies.update({ names: ['data'] }), { updated: [{ name: 'data', after: commit.id }] })
  t.like((await install()).dependencies[0], {
    written: { files: 3 },
    kept: { files: 1 },
    removed: { files: 3 },
  })
  t.deepEqual(listed(at('in')), ['day1', 'link', 'run.sh', 'top/inner'])
  t.is(fs.statSync(at('in/run.sh')).mode & 0o111, 0)
  t.deepEqual(await verified(), [])
})

test("a user's own files and edits are left alone, unless it is forced, and then nothing of the folder changes", async (t) => {
  const { made, pin, install, at, dependencies } = await world(t)
  await pin()
  await install()
  made.write({ top: 'new\n', 'day1/a.csv': 'new\n', 'day1/deep/b.csv': undefined, added: 'added\n' })
  await made.commit('Second')
  await dependencies.update({ names: [] })
  fs.writeFileSync(at('in/top'), 'edited, longer\n')
  fs.writeFileSync(at('in/day1/deep/b.csv'), 'mine\n')
  fs.writeFileSync(at('in/added'), 'mine\n')
  fs.writeFileSync(at('in/own'), 'own\n')
  const error = await t.throwsAsync<DvError>(install(), { code: 'DV_WOULD_OVERWRITE' })
  t.deepEqual(
    error!.data['paths'],
    ['added', 'day1/deep/b.csv', 'top'].map((name) => at(`in/${name}`)),
  )
  t.is(fs.readFileSync(at('in/day1/a.csv'), 'utf8'), 'a\n')
  await install({ force: true })
  t.deepEqual(await differences(dependencies), ['extra own'])
  t.is(fs.readFileSync(at('in/own'), 'utf8'), 'own\n')
  fs.rmSync(at('in/top'))
  fs.mkdirSync(at('in/top'))
  fs.writeFileSync(at('in/top/mine'), 'mine')
  await t.throwsAsync(install({ force: true }), { code: 'DV_WOULD_OVERWRITE' })
  t.is(fs.readFileSync(at('in/top/mine'), 'utf8'), 'mine')
})

test('an edit made while other files come is not replaced', async (t) => {
  const { made, pin, install, at, dependencies } = await world(t, {
    a: 'a',
    z: 'z',
    big: noise(3_000_000, 1),
  })
  await pin()
  await install()
  made.write({ big: noise(3_000_000, 2), z: 'new' })
  await made.commit('Second')
  await dependencies.update({ names: [] })
  const onProgress = () => fs.writeFileSync(at('in/z'), 'mine')
  await t.throwsAsync(install({ onProgress }), { code: 'DV_WOULD_OVERWRITE' })
  t.is(fs.readFileSync(at('in/z'), 'utf8'), 'mine')
})

test('an install that is stopped goes on, also when another version is wanted by then', async (t) => {
  const files = (seed: number) =>
    Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`f${i}`, noise(200_000, i % 3 === 0 ? i : 100 * seed + i)]),
    )
  const { made, pin, install, dependencies, at } = await world(t, files(1))
  await pin()
  await install()
  const stopped = async (bytes: number) => {
    const stop = new AbortController()
    const onProgress = ({ done }: { done: number }) => done > bytes && stop.abort(new Error('stopped'))
    await t.throwsAsync(install({ signal: stop.signal, onProgress }), { message: 'stopped' })
  }
  made.write(files(2))
  await made.commit('Second')
  await dependencies.update({ names: [] })
  await stopped(700_000)
  const between = new Set((await differences(dependencies)).map((line) => line.split(' ')[0]))
  t.deepEqual([...between], ['changed'])
  made.write(files(3))
  await made.commit('Third')
  await dependencies.update({ names: [] })
  await stopped(500_000)
  await install()
  t.deepEqual(await differences(dependencies), [])
  t.is(listed(at('in')).length, 12)
})

test('a large file goes on where a killed install left it, and no part of it is ever seen in its folder', async (t) => {
  const { pin, install, at } = await world(t, { 'big.bin': noise(12_000_000, 3), small: 'small' })
  await pin()
  const stop = new AbortController()
  const onProgress = ({ done }: { done: number }) => done > 5_000_000 && stop.abort(new Error('stopped'))
  await t.throwsAsync(install({ signal: stop.signal, onProgress }), { message: 'stopped' })
  t.deepEqual(listed(at('in')), [])
  const left = listed(at('.dv/installed')).filter((name) => name.endsWith('.part'))
  t.is(left.length, 1)
  let total = 0
  await install({ onProgress: (event) => (total = event.total ?? 0) })
  t.true(total < 8_000_000, `${total} bytes came again`)
  t.true(fs.readFileSync(at('in/big.bin')).equals(noise(12_000_000, 3)))
  t.deepEqual(listed(at('.dv/installed')), ['.gitignore', 'data.json'])
})

test('what is installed is told from edits without its record, and without the store it came from', async (t) => {
  const { made, pin, install, at, dependencies } = await world(t)
  await pin()
  await install()
  fs.rmSync(at('.dv'), { recursive: true })
  t.like((await install()).dependencies[0], { written: { files: 0 }, kept: { files: 5 } })
  fs.writeFileSync(at('.dv/installed/data.json'), '{"dv.installed":1}\nnonsense')
  fs.writeFileSync(at('in/top'), 'pot\n')
  await t.throwsAsync(install(), { code: 'DV_WOULD_OVERWRITE' })
  fs.writeFileSync(at('in/top'), 'top\n')
  await install()
  const other = await testRepository(t, { top: 'other\n', more: 'more\n' })
  await pin({ address: `${other.root}@main`, force: true })
  fs.rmSync(made.root, { recursive: true })
  await t.throwsAsync(install(), { code: 'DV_WOULD_OVERWRITE' })
  await install({ force: true })
  t.deepEqual(
    (await differences(dependencies)).filter((line) => !line.startsWith('extra')),
    [],
  )
})

test('all folders can be put elsewhere, each place with a record of its own', async (t) => {
  const { pin, install, at, dependencies } = await world(t)
  await pin()
  const elsewhere = temporaryFolder(t)
  await install({ into: elsewhere })
  t.true(fs.existsSync(path.join(elsewhere, 'in/top')))
  t.false(fs.existsSync(at('in')))
  const records = await collect(dependencies.verify({ names: [], into: elsewhere }))
  t.like(records.at(-1), { differences: 0, sound: { files: 5 } })
})

test('a link on the way to a folder is not gone through', async (t) => {
  const { pin, install, at, lock } = await world(t)
  await pin()
  const elsewhere = temporaryFolder(t)
  fs.symlinkSync(elsewhere, at('in'))
  await t.throwsAsync(install(), { code: 'DV_UNSAFE_PATH' })
  fs.rmSync(at('in'))
  fs.writeFileSync(lock, fs.readFileSync(lock, 'utf8').replace('"into":"in"', '"into":"out/in"'))
  fs.symlinkSync(elsewhere, at('out'))
  await t.throwsAsync(install(), { code: 'DV_UNSAFE_PATH' })
  t.deepEqual(fs.readdirSync(elsewhere), [])
})

test('the same name with another revision pins that; other data needs another name', async (t) => {
  const { made, pin, dependencies } = await world(t)
  const first = await pin()
  made.write({ top: 'new\n' })
  const { commit } = await made.commit('Second')
  const second = await pin({ address: `${made.root}@${commit.id}` })
  t.like(second, { before: first.dependency.commit, dependency: { commit: commit.id, into: 'in' } })
  const error = await t.throwsAsync<DvError>(pin({ address: `${made.root}@main:day1` }), {
    code: 'DV_ALREADY_EXISTS',
  })
  t.regex(error!.hint!, /--force/)
  await pin({ address: `${made.root}@main:day1`, force: true })
  t.like(await dependencies.remove({ names: ['data'] }), { removed: [{ name: 'data', path: 'day1' }] })
  t.deepEqual(await dependencies.list(), [])
})

test('an update that fails for one changes none, and a listing shows what failed beside the rest', async (t) => {
  const { made, pin, dependencies, lock, at } = await world(t)
  const other = await testRepository(t, FILES)
  await pin()
  await pin({ address: `${other.root}@main`, name: 'other', into: at('other') })
  made.write({ top: 'new\n' })
  await made.commit('Second')
  fs.rmSync(other.root, { recursive: true })
  const before = fs.readFileSync(lock, 'utf8')
  await t.throwsAsync(dependencies.update({ names: [] }), { code: 'DV_NO_STORE' })
  t.is(fs.readFileSync(lock, 'utf8'), before)
  const items = await collect(dependencies.outdated({ names: [] }))
  t.deepEqual(
    items.map(({ state, failure }) => failure?.code ?? state),
    ['moved', 'DV_NO_STORE'],
  )
})

test('another store in the place of the one that was pinned is refused, and so is a commit that is gone', async (t) => {
  const { made, pin, install, lock } = await world(t)
  await pin()
  const text = fs.readFileSync(lock, 'utf8')
  const id = /"commit":"([0-9a-f]{64})"/.exec(text)![1]!
  fs.writeFileSync(lock, text.replace(id, 'ab'.repeat(32)))
  const error = await t.throwsAsync<DvError>(install(), { code: 'DV_MISSING_OBJECT' })
  t.regex(error!.hint!, /dv update data/)
  fs.writeFileSync(lock, text)
  fs.rmSync(path.join(made.root, '.dv'), { recursive: true })
  const { api } = made
  await api.init({})
  await t.throwsAsync(install(), { code: 'DV_OTHER_STORE' })
})

test('no credential is ever written into a lock file, however it is typed', async (t) => {
  const { made, pin, lock } = await world(t)
  const env = await testRepository(t, FILES, {
    env: { AWS_ACCESS_KEY_ID: 'AKIAHUNTER', AWS_SECRET_ACCESS_KEY: 'hunter2' },
  })
  const spellings = [
    'https://ada:hunter2@h/x@main',
    's3://AKIA:hunter2@b/x',
    'https://h/x?sig=hunter2@main',
    'https://h/x#hunter2@main',
    'dv://https://ada:hunter2@h@main',
  ]
  for (const address of spellings) {
    const error = await t.throwsAsync<DvError>(pin({ address }), { code: 'DV_BAD_ADDRESS' })
    t.notRegex(`${error!.message} ${error!.hint} ${JSON.stringify(error!.data)}`, /hunter2/, address)
  }
  await t.throwsAsync(pin({ settings: { endpoint: 'https://ada:hunter2@h' } }))
  t.false(fs.existsSync(lock))
  await made.repository.addRemote({
    name: 'secret',
    url: `${env.root}`,
    settings: { profile: 'hunter2', region: 'eu-1' },
  })
  const inside = verbsAt(made, made.root)
  await inside.pin({ address: 'secret@main' })
  const text = fs.readFileSync(inside.lock, 'utf8')
  t.regex(text, /"settings":\{"region":"eu-1"\}/)
  t.notRegex(text, /hunter/i)
})

test('bad input is named, and changes nothing', async (t) => {
  const { made, pin, install, dependencies, lock } = await world(t)
  await t.throwsAsync(install(), { code: 'DV_NO_LOCK_FILE' })
  for (const [options, code] of [
    [{ address: `${made.root}@mian` }, 'DV_UNKNOWN_REVISION'],
    [{ address: `${made.root}@main:nope` }, 'DV_UNKNOWN_PATH'],
    [{ address: `${made.root}@a..b` }, 'DV_BAD_REVISION'],
    [{ address: 'main:day1' }, 'DV_USAGE'],
    [{ address: 'nowhere' }, 'DV_UNKNOWN_REMOTE'],
    [{ address: './nowhere' }, 'DV_NO_STORE'],
    [{ name: 'a/b' }, 'DV_BAD_NAME'],
    [{ into: '/' }, 'DV_USAGE'],
    [{ into: '.' }, 'DV_USAGE'],
    [{ into: '.git/hooks' }, 'DV_USAGE'],
    [{ where: 'plate >' }, 'DV_BAD_EXPRESSION'],
    [{ where: 'plate > 3' }, 'DV_UNKNOWN_COLUMN'],
  ] as const)
    await t.throwsAsync(pin(options), { code }, JSON.stringify(options))
  t.false(fs.existsSync(lock))
  await pin()
  const error = await t.throwsAsync<DvError>(install({ names: ['dta'] }), { code: 'DV_UNKNOWN_DEPENDENCY' })
  t.is(error!.hint, "did you mean 'data'?")
  fs.appendFileSync(lock, 'x\n')
  for (const verb of [
    install(),
    dependencies.update({ names: [] }),
    collect(dependencies.verify({ names: [] })),
    pin(),
  ])
    await t.throwsAsync(verb, { code: 'DV_BAD_LOCK_FILE' })
})

test('files that are lost or purged in the store are told, all others come, and a later install brings what is found again', async (t) => {
  const { made, pin, install, at, dependencies } = await world(t, {
    ...FILES,
    lost: 'this goes\n',
    secret: 'no consent\n',
  })
  await pin()
  await made.repository.purge({ ...PURGE, paths: ['secret'], reason: 'taken back' })
  const store = path.join(made.root, '.dv/store')
  const packs = path.join(store, 'packs')
  const whole = fs.readdirSync(packs).map((name) => [name, fs.readFileSync(path.join(packs, name))] as const)
  damageIn(store, 'this goes')
  const {
    dependencies: [first],
  } = await install()
  t.like(first, { written: { files: 5 }, lost: { count: 1, items: [{ path: 'lost' }] } })
  t.like(first!.purged, { count: 1, items: [{ path: 'secret', reason: 'taken back' }] })
  t.deepEqual(await differences(dependencies), ['missing lost', 'missing secret'])
  for (const [name, bytes] of whole) fs.writeFileSync(path.join(packs, name), bytes)
  t.like((await install()).dependencies[0], { written: { files: 1 }, kept: { files: 5 } })
  t.is(fs.readFileSync(at('in/lost'), 'utf8'), 'this goes\n')
  t.deepEqual(await differences(dependencies), ['missing secret'])
})

test('two at once: one works, the other is told who does', async (t) => {
  const { pin, install } = await world(t)
  await pin()
  const results = await Promise.allSettled([install(), install()])
  const failures = results.flatMap((one) => (one.status === 'rejected' ? [(one.reason as DvError).code] : []))
  t.deepEqual(failures, ['DV_LOCKED'])
})

test('data of a repository is installed within that repository, and what is recorded there is dv’s own business', async (t) => {
  const { made } = await world(t)
  const inside = verbsAt(made, made.root)
  await inside.pin({ address: `.@main:day1` })
  await inside.install()
  const status = await made.repository.status({ all: true, paths: [], rehash: false })
  t.deepEqual(
    status.groups.added.items.map((item) => item.path),
    ['dv.lock', 'in/a.csv', 'in/deep/b.csv'],
  )
  t.deepEqual((await made.repository.fsck({ deep: true })).problems, [])
})

const contents = fc.dictionary(
  fc.constantFrom('a', 'b/x', 'b/y', 'c', 'd/e/f'),
  fc.constantFrom('1', '2', '33'),
  { minKeys: 1 },
)

test('whatever versions follow each other, an install ends with exactly the last; edits are never lost', async (t) => {
  const { made, code } = await world(t, { first: '1' })
  let n = 0
  await fc.assert(
    fc.asyncProperty(contents, contents, contents, async (one, two, edits) => {
      const at = path.join(code, String(n++))
      fs.mkdirSync(at)
      const { pin, install, dependencies } = verbsAt(made, at)
      for (const files of [one, two]) {
        for (const name of made.list()) made.write({ [name]: undefined })
        made.write(files)
        await made.commit('next', { allowEmpty: true })
        if (files === one) {
          await pin()
          await install()
        }
      }
      await dependencies.update({ names: [] })
      const mine = Object.entries(edits).filter(
        ([name, text]) => one[name] !== undefined && one[name] !== text && two[name] !== text,
      )
      for (const [name, text] of mine) fs.writeFileSync(path.join(at, 'in', name), text)
      const refused = await install().then(
        () => false,
        () => true,
      )
      for (const [name, text] of mine) t.is(fs.readFileSync(path.join(at, 'in', name), 'utf8'), text)
      const touched = mine.filter(
        ([name]) => one[name] !== two[name] || edits[name]!.length !== one[name]!.length,
      )
      t.is(refused, touched.length > 0)
      if (mine.length > 0) await install({ force: true })
      t.deepEqual(await differences(dependencies), [])
    }),
    { numRuns: 25 },
  )
})
