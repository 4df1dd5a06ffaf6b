// Parts of Node, packages and prebuilt binaries that only some commands need: each takes milliseconds to load, so that
// they are loaded when they are first used.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** A part of Node or a package. */
export function load<T>(name: string): T {
  return require(name) as T
}

/** A package that is a prebuilt binary with a loader around it. On Linux such a loader finds out which C library runs
 * (zstd's by a report on the whole process, 6 ms), but npm installs the binary for glibc only where glibc runs. Where it
 * is missing, or does not load, the loader decides. */
export function loadPrebuilt<T>(name: string): T {
  if (process.platform === 'linux') {
    try {
      return load(`${name}-linux-${process.arch}-gnu`)
    } catch {
      // Another C library, or an architecture whose binary has another name.
    }
  }
  return load(name)
}
