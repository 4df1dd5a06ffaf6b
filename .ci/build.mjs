#!/usr/bin/env node
// Compiles the chunker's WebAssembly kernel and the TypeScript, and bundles the program: node .ci/build.mjs [OUTDIR]
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const out = path.resolve(root, process.argv[2] ?? 'build')
const kernel = path.join(root, 'src/chunker/assembly/kernel.ts')
const wasm = path.join(out, 'src/chunker/kernel.wasm')

function run(script, ...args) {
  const { status, error } = spawnSync(process.execPath, [path.join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) throw error ?? new Error(`'${script}' failed with status ${status}`)
}

if (!fs.existsSync(path.join(root, 'node_modules/typescript'))) {
  // An install without development dependencies (npm i -g of the tarball) ships its build.
  process.exit(0)
}
if (fs.existsSync(kernel) && !(mtime(wasm) > mtime(kernel))) {
  fs.mkdirSync(path.dirname(wasm), { recursive: true })
  run(
    'assemblyscript/bin/asc.js',
    path.relative(root, kernel),
    '-o',
    path.relative(root, wasm),
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--importMemory',
  )
}
run('typescript/bin/tsc', '-p', '.', '--outDir', out, '--tsBuildInfoFile', path.join(out, '.tsbuildinfo'))
// Loaded only now: an install without development dependencies lacks what it imports.
const { bundle } = await import('./bundle.mjs')
await bundle(out)

function mtime(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
