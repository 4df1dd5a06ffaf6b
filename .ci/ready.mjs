#!/usr/bin/env node
// Makes a fresh clone ready: installs what package-lock.json asks for when that is not there yet, and builds.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const installed = path.join(root, 'node_modules/.package-lock.json')
const wanted = path.join(root, 'package-lock.json')

function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}

// npm would empty the folder that a link leads to, for everybody who uses it.
const folder = path.dirname(installed)
if (fs.existsSync(folder) && fs.lstatSync(folder).isSymbolicLink()) {
  console.error(`'${folder}' is a link: 'npm ci' would empty what it leads to. Remove the link first.`)
  process.exit(1)
}

const fresh = fs.existsSync(installed) && fs.statSync(installed).mtimeMs >= fs.statSync(wanted).mtimeMs
if (fresh) run(process.execPath, ['.ci/build.mjs'])
else run('npm', ['ci', '--no-audit', '--no-fund'])
