// What the demo stands on: a new folder, dv run in it, and what both print.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))))
export const place = fs.mkdtempSync(path.join(os.tmpdir(), 'dv-demo-'))
export const work = path.join(place, 'work')
const program = path.join(root, 'bin/dv')
const env = { ...process.env, HOME: place, XDG_CONFIG_HOME: path.join(place, 'config'), DV_CONFIG: '' }
const started = process.hrtime.bigint()

export function say(text) {
  console.log(`\n\x1b[1m${text}\x1b[0m`)
}

/** Runs one dv command in the working directory, printing it and what it prints. */
export function dv(...args) {
  return dvIn(work, args)
}

/** `status` is how the command must end. */
export function dvIn(directory, args, { status = 0 } = {}) {
  const where = directory === work ? '' : `(in ${path.basename(directory)}) `
  console.log(`\n$ ${where}dv ${args.map(quote).join(' ')}`)
  const begin = process.hrtime.bigint()
  const ran = spawnSync(process.execPath, [program, ...args], { cwd: directory, env, encoding: 'utf8' })
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9
  process.stdout.write(clip(ran.stdout))
  process.stderr.write(ran.stderr)
  if (ran.status !== status) fail(`'dv ${args[0]}' ended with status ${ran.status}, not ${status}`)
  return { stdout: ran.stdout, seconds }
}

function quote(word) {
  if (/^[\w@%+=:,./~^-]+$/.test(word)) return word
  return word.includes("'") ? `"${word}"` : `'${word}'`
}

function clip(text, most = 24) {
  const lines = text.split('\n')
  if (lines.length <= most) return text
  return [...lines.slice(0, most), `  ... ${lines.length - most} more lines`, ''].join('\n')
}

export function fail(message) {
  console.error(`\ndemo: ${message}\nThe folder is '${place}'.`)
  process.exit(1)
}

/** Ends the demo unless what was printed holds `text`. */
export function expect({ stdout }, text) {
  if (!stdout.includes(text)) fail(`'${text}' was to be printed`)
}

/** What a published version of the package ships. */
export function published(version, ...names) {
  return path.join(root, 'node_modules', `vega-datasets-${version}`, ...names)
}

/** Makes the working directory hold what the package ships. */
export function replaceTree(version) {
  for (const name of fs.readdirSync(work)) {
    if (name !== '.dv' && name !== '.dvignore') fs.rmSync(path.join(work, name), { recursive: true })
  }
  fs.cpSync(published(version, 'data'), work, { recursive: true })
}

/** Every file below a directory, but what dv keeps there. */
export function filesBelow(directory) {
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .filter((name) => !name.startsWith(`.dv${path.sep}`) && name !== '.dvignore')
    .sort()
}

export function bytesBelow(directory) {
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0)
}

export const bytesOfStore = (directory = work) => bytesBelow(path.join(directory, '.dv/store'))

/** Ends the demo unless two trees hold the same bytes. */
export function compareTrees(a, b) {
  const names = filesBelow(a)
  if (names.join('\n') !== filesBelow(b).join('\n')) fail(`'${a}' and '${b}' do not hold the same files`)
  for (const name of names) {
    if (!fs.readFileSync(path.join(a, name)).equals(fs.readFileSync(path.join(b, name))))
      fail(`'${name}' differs in '${b}'`)
  }
  console.log(`\nSame bytes in ${path.basename(a)} and ${path.basename(b)}: ${names.length} files compared.`)
}

export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

/** The last words, and the folder's end unless it is to stay. */
export function leave({ keep }) {
  console.log(`All of it took ${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s.`)
  if (keep) console.log(`The folder is '${place}'.`)
  else fs.rmSync(place, { recursive: true })
}
