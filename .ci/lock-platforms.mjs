#!/usr/bin/env node
// Completes package-lock.json with the prebuilt binaries of all platforms. npm leaves out those that a registry does
// not show it, and `npm ci` then refuses the lock. Run after every change of dependencies: node .ci/lock-platforms.mjs
import fs from 'node:fs'

const lock = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
for (const [place, { optionalDependencies }] of Object.entries(lock.packages)) {
  if (!place.startsWith('node_modules/')) continue
  for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
    const [os, cpu, libc] =
      name
        .slice(name.lastIndexOf('/') + 1)
        .match(/(android|darwin|freebsd|linux|win32)-(\w+)-?(\w*)$/)
        ?.slice(1) ?? []
    if (!os || !/^\d/.test(version)) continue
    lock.packages[`node_modules/${name}`] ??= {
      version,
      cpu: [cpu],
      ...(libc === 'musl' || (os === 'linux' && libc === 'gnu')
        ? { libc: [libc === 'gnu' ? 'glibc' : libc] }
        : {}),
      optional: true,
      os: [os],
    }
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))
lock.packages = Object.fromEntries(sorted)
fs.writeFileSync('package-lock.json', `${JSON.stringify(lock, undefined, 2)}\n`)
