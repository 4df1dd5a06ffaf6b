// The few things that only a real process shows: bin/dv with build/ replaced by the build under test.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const build = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** An installation: a package of its own with bin/dv and the build, reached through a link as npm makes one. */
function install(): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'dv-binary-'))
  fs.mkdirSync(path.join(root, 'package/bin'), { recursive: true })
  fs.copyFileSync('bin/dv', path.join(root, 'package/bin/dv'))
  fs.copyFileSync('package.json', path.join(root, 'package/package.json'))
  fs.symlinkSync(build, path.join(root, 'package/build'))
  fs.symlinkSync(path.resolve('node_modules'), path.join(root, 'package/node_modules'))
  fs.symlinkSync('package/bin/dv', path.join(root, 'dv'))
  return path.join(root, 'dv')
}

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
