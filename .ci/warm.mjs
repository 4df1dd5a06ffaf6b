// Runs the commands every repository begins with and keeps the compiled form of what they used: node .ci/warm.mjs MAIN.JS
// Not more of them: what a command does not need costs it time too (spec/decisions/0010).
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'

const { start } = createRequire(import.meta.url)('../bin/start.js')
const { program, keepCompiled } = start(path.resolve(process.argv[2]))

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'dv-warm-'))
process.env.HOME = process.env.XDG_CONFIG_HOME = place
process.env.DV_CONFIG = path.join(place, 'config.json')
process.chdir(place)
try {
  fs.mkdirSync('data')
  process.chdir('data')
  await dv('init')
  await dv('config', 'user.name', 'dv')
  await dv('config', 'user.email', 'dv@example.org')
  fs.writeFileSync('file', 'text')
  await dv('commit', '-m', 'First')
  keepCompiled()
} finally {
  process.chdir(os.tmpdir())
  fs.rmSync(place, { recursive: true, force: true })
}

async function dv(...words) {
  process.argv = [process.execPath, 'dv', ...words]
  const status = await program.main()
  if (status !== 0) throw new Error(`'dv ${words.join(' ')}' failed with status ${status}`)
}
