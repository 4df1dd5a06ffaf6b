// Paths in a tree: UTF-8, '/' between components, never at either end. Their order is that of their bytes with '/'
// lowest, so that everything below a directory stands together right behind it. Format: spec/07-manifest.md

export const PATH_BYTES_MAX = 4096

/** Orders two paths as the manifest does. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return weight(x) - weight(y)
  }
  return a.length - b.length
}

/** UTF-16 units in the order of the UTF-8 bytes they lead to: surrogates sort above the rest, '/' below all. */
function weight(unit: number): number {
  if (unit === 0x2f) return -1
  if (unit >= 0xd800) return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
  return unit
}

export function parentPath(path: string): string {
  const at = path.lastIndexOf('/')
  return at < 0 ? '' : path.slice(0, at)
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Whether `path` is `directory` or lies below it. The empty directory is the root: everything is below it. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`)
}
