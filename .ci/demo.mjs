#!/usr/bin/env node
// The main job on real data, told step by step: two published versions of a real data set (the npm packages
// vega-datasets 2.x and 3.x). Everything happens in a new folder below the system's temporary one.
//
//   node .ci/demo.mjs [--keep]     --keep leaves the folder and says where it is
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const program = path.join(root, 'bin/dv')
const place = fs.mkdtempSync(path.join(os.tmpdir(), 'dv-demo-'))
const keep = process.argv.includes('--keep')
const work = path.join(place, 'work')
const remote = path.join(place, 'remote')
const other = path.join(place, 'colleague')
const old = path.join(place, 'old')
const env = { ...process.env, HOME: place, XDG_CONFIG_HOME: path.join(place, 'config'), DV_CONFIG: '' }
const started = process.hrtime.bigint()
const rows = []

function say(text) {
  console.log(`\n\x1b[1m${text}\x1b[0m`)
}

/** Runs one dv command, printing it and what it prints. */
function dv(...args) {
  return dvIn(work, ...args)
}

function dvIn(directory, ...args) {
  const where = directory === work ? '' : `(in ${path.basename(directory)}) `
  console.log(`\n$ ${where}dv ${args.map(quote).join(' ')}`)
  const begin = process.hrtime.bigint()
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: directory,
    env,
    encoding: 'utf8',
  })
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9
  process.stdout.write(clip(stdout))
  process.stderr.write(stderr)
  if (status !== 0) fail(`'dv ${args[0]}' ended with status ${status}`)
  return { stdout, seconds }
}

function quote(word) {
  return /^[\w@%+=:,./~^-]+$/.test(word) ? word : `'${word}'`
}

function clip(text, most = 24) {
  const lines = text.split('\n')
  if (lines.length <= most) return text
  return [...lines.slice(0, most), `  ... ${lines.length - most} more lines`, ''].join('\n')
}

function fail(message) {
  console.error(`\ndemo: ${message}\nThe folder is '${place}'.`)
  process.exit(1)
}

/** Makes the working directory hold what the package ships. */
function replaceTree(version) {
  const source = path.join(root, 'node_modules', `vega-datasets-${version}`, 'data')
  for (const name of fs.readdirSync(work)) {
    if (name !== '.dv' && name !== '.dvignore') fs.rmSync(path.join(work, name), { recursive: true })
  }
  fs.cpSync(source, work, { recursive: true })
}

function filesIn(directory) {
  const found = fs.readdirSync(directory, { recursive: true, withFileTypes: true })
  const files = found
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
  const kept = files.filter((file) => !path.relative(directory, file).split(path.sep).includes('.dv'))
  return { files: kept.length, bytes: kept.reduce((sum, file) => sum + fs.statSync(file).size, 0) }
}

function record(what, seconds) {
  rows.push({ what, ...filesIn(work), stored: bytesOfStore(), seconds })
}

function bytesOfStore() {
  const store = path.join(work, '.dv/store')
  return fs
    .readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0)
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

fs.mkdirSync(work)
say('1. A data set becomes a repository')
dv('init')
dv('config', 'user.name', 'Ada Example')
dv('config', 'user.email', 'ada@example.org')
replaceTree(2)
record('v2 of the data, committed', dv('commit', '-m', 'vega-datasets 2.x as published').seconds)
dv('tag', '-a', '-m', 'The release everybody used', 'v2')

say('2. The next release, on a branch')
dv('switch', '-c', 'update')
replaceTree(3)
dv('status')
record('v3 of the data, committed', dv('commit', '-m', 'vega-datasets 3.x as published').seconds)
dv('diff', '--stat', 'v2', 'update')

say('3. Back to main, and the merge')
dv('switch', 'main')
dv('merge', 'update')
dv('tag', 'v3')
dv('log', '--graph', '--oneline')

say('4. To a remote that is only a folder, and to a colleague')
dv('remote', 'add', 'origin', remote)
dv('push', '-u', 'origin', 'main', '--tags')
dvIn(place, 'clone', remote, other)
dvIn(other, 'log', '--oneline')
dv('push')

say('5. The old release beside the new one')
dv('worktree', 'add', old, 'v2')
dv('worktree', 'list')

say('6. Every byte checked')
dv('fsck', '--deep')
dvIn(other, 'fsck', '--deep')
compareTrees(work, other)
compareTrees(path.join(root, 'node_modules/vega-datasets-2/data'), old)

say('What it took')
const logical = rows.reduce((sum, { bytes }) => sum + bytes, 0)
table()
console.log(
  `\nTwo versions of ${megabytes(logical)} together are stored in ${megabytes(bytesOfStore())}, ` +
    `${(100 - (bytesOfStore() / logical) * 100).toFixed(0)} % less.`,
)
console.log(`All of it took ${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s.`)
if (keep) console.log(`The folder is '${place}'.`)
else fs.rmSync(place, { recursive: true })

function table() {
  const header = ['', 'files', 'logical', 'stored so far', 'saved', 'time']
  let sum = 0
  const body = rows.map(({ what, files, bytes, stored, seconds }) => {
    sum += bytes
    return [
      what,
      String(files),
      megabytes(bytes),
      megabytes(stored),
      `${(100 - (stored / sum) * 100).toFixed(0)} %`,
      `${seconds.toFixed(2)} s`,
    ]
  })
  const widths = header.map((_, i) => Math.max(...[header, ...body].map((row) => row[i].length)))
  for (const row of [header, ...body]) {
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
    )
  }
}

/** Ends the demo unless two trees hold the same bytes. */
function compareTrees(a, b) {
  const list = (directory) =>
    fs
      .readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
      .filter((name) => !name.startsWith(`.dv${path.sep}`) && name !== '.dvignore')
      .sort()
  const names = list(a)
  if (names.join('\n') !== list(b).join('\n')) fail(`'${a}' and '${b}' do not hold the same files`)
  for (const name of names) {
    if (!fs.readFileSync(path.join(a, name)).equals(fs.readFileSync(path.join(b, name))))
      fail(`'${name}' differs in '${b}'`)
  }
  console.log(`\nSame bytes in ${path.basename(a)} and ${path.basename(b)}: ${names.length} files compared.`)
}
