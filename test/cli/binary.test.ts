// The few things that only a real process shows: bin/dv with build/ replaced by the build under test.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { directOutput } from '../../src/cli/output.js'
import { build, install } from '../helpers/program.js'
import { temporaryFolder } from '../helpers/temporary.js'

test('the program runs through a link, prints its version, and ends with the status of a failure', (t) => {
  const program = install()
  const version = spawnSync(program, ['--version'], { encoding: 'utf8' })
  t.is(version.status, 0, version.stderr)
  t.regex(version.stdout, /^dv \d+\.\d+\.\d+\n$/)
  const wrong = spawnSync(program, ['comit', '--json'], { encoding: 'utf8' })
  t.is(wrong.status, 2)
  t.is(JSON.parse(wrong.stderr).error.code, 'DV_USAGE')
})

test('a reader that goes away ends the program quietly', async (t) => {
  const child = spawn(install(), ['help', 'commit'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let stderr = ''
  child.stderr.on('data', (data) => (stderr += data))
  const status = await new Promise((resolve) => child.on('close', resolve))
  t.is(stderr, '')
  t.is(status, 0)
})

/** Where the compiled form of the program would be kept. */
function bundleOf(program: string): string {
  return path.join(path.dirname(program), 'package/build/bundle/dv')
}

function compiledIn(program: string): string[] {
  return fs.readdirSync(bundleOf(program)).filter((name) => name.endsWith('.compiled'))
}

function run(program: string, ...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  return status === 0 && stderr === '' ? stdout : `status ${status}: ${stderr}`
}

test('starting loads two small files and the bundle, nothing else of dv and no package', (t) => {
  const program = install()
  const folder = path.join(path.dirname(program), 'coverage')
  // What V8 ran, by its own account, however it was loaded.
  spawnSync(program, ['--version'], { env: { ...process.env, NODE_V8_COVERAGE: folder } })
  const [report] = fs.readdirSync(folder)
  const { result } = JSON.parse(fs.readFileSync(path.join(folder, report!), 'utf8')) as {
    result: { url: string }[]
  }
  const loaded = result.map(({ url }) => url).filter((url) => url.startsWith('file:'))
  t.deepEqual(loaded.map((url) => path.basename(url)).sort(), ['dv', 'main.js', 'start.js'])
})

test('all that the program opens by a name beside it is in the bundle', (t) => {
  const sources = fs.readdirSync('src', { recursive: true, encoding: 'utf8' })
  const opened = sources
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [
      ...fs.readFileSync(path.join('src', name), 'utf8').matchAll(/new URL\('(.*?)', import/g),
    ])
    .map(([, name]) => path.basename(name!))
    .filter((name) => name !== 'package.json')
  t.true(opened.includes('worker.js'))
  const bundled = fs.readdirSync(path.join(build, 'bundle/dv'))
  t.deepEqual(
    opened.filter((name) => !bundled.includes(name)),
    [],
  )
})

test('threads of the bundle find their script and the chunker beside it', (t) => {
  const program = install()
  const place = temporaryFolder()
  const dv = (...words: string[]) => run(program, '-C', place, ...words)
  fs.writeFileSync(path.join(place, 'file'), Buffer.alloc(40_000_000, 'many bytes'))
  dv('init')
  dv('config', 'user.name', 'A')
  dv('config', 'user.email', 'a@example.org')
  t.regex(dv('commit', '-m', 'First'), /First/)
  t.regex(dv('fsck', '--deep'), /^(?!status)/)
})

test('the compiled form is made by the first command where it is missing, and used or passed over after that', (t) => {
  const program = install()
  for (const name of compiledIn(program)) fs.rmSync(path.join(bundleOf(program), name))
  const help = run(program, 'help')
  t.regex(help, /Usage|usage/)
  const [made, ...others] = compiledIn(program)
  t.deepEqual(others, [])
  t.is(run(program, 'help'), help)
  t.deepEqual(compiledIn(program), [made])
  const start = `require('./package/bin/start.js').start(path.resolve('package/build/bundle/dv/main.js'))`
  const place = { cwd: path.dirname(program), encoding: 'utf8' } as const
  const { stdout } = spawnSync(process.execPath, ['-p', `${start}.fromCompiled`], place)
  t.is(stdout.trim(), 'true')
  // Of another version of V8, as far as it can tell.
  fs.writeFileSync(path.join(bundleOf(program), made!), Buffer.alloc(1000))
  t.is(run(program, 'help'), help)
})

test('a compiled form of another text is not used', (t) => {
  const program = install()
  run(program, 'help')
  const file = path.join(bundleOf(program), 'main.js')
  const text = fs.readFileSync(file, 'utf8').replace(/^\/\/ [0-9a-f]{16}/, `// ${'0'.repeat(16)}`)
  fs.writeFileSync(file, text)
  run(program, 'help')
  t.is(compiledIn(program).filter((name) => name.includes('0'.repeat(16))).length, 1)
})

test('two first commands at once both work and leave one compiled form', async (t) => {
  const program = install()
  for (const name of compiledIn(program)) fs.rmSync(path.join(bundleOf(program), name))
  const statuses = await Promise.all(
    [1, 2].map(
      () => new Promise((resolve) => spawn(program, ['help'], { stdio: 'ignore' }).on('close', resolve)),
    ),
  )
  t.deepEqual(statuses, [0, 0])
  t.is(fs.readdirSync(bundleOf(program)).filter((name) => name.includes('.compiled')).length, 1)
})

test('where nothing can be written beside the bundle the program runs all the same', (t) => {
  const program = install()
  const bundle = bundleOf(program)
  for (const name of compiledIn(program)) fs.rmSync(path.join(bundle, name))
  // A folder in its place cannot be replaced by a file, not even by root.
  run(program, 'help')
  const [made] = compiledIn(program)
  fs.rmSync(path.join(bundle, made!))
  fs.mkdirSync(path.join(bundle, made!, 'in the way'), { recursive: true })
  t.notRegex(run(program, 'help'), /^status/)
  t.is(fs.readdirSync(bundle).filter((name) => name.includes('.compiled')).length, 1)
})

test('output is written directly up to a limit and through the stream from there on, in order', async (t) => {
  const file = path.join(temporaryFolder(), 'out')
  const descriptor = fs.openSync(file, 'w')
  let opened = 0
  const open = () => (opened++, fs.createWriteStream(file, { fd: descriptor }) as never)
  const output = directOutput(descriptor, { directBytes: 5, open })
  await output.write('one')
  t.is(opened, 0)
  await output.write('three')
  await output.write(Buffer.from('2'))
  t.is(opened, 1)
  t.is(fs.readFileSync(file, 'utf8'), 'onethree2')
})
