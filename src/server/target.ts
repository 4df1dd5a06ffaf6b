import { DvError } from '../base/index.js'

const TARGET_CHARS_MAX = 8192

/** The segments of a request's path, unescaped; none for '/'. Throws DV_BAD_ADDRESS for what leads nowhere, or out. */
export function readTarget(target: string): string[] {
  const path = target.split('?', 1)[0]!
  if (!path.startsWith('/')) throw bad(target, "it does not begin with '/'")
  if (path.length > TARGET_CHARS_MAX) throw bad(target, 'it is too long')
  const segments = path
    .split('/')
    .slice(1)
    .map((segment) => unescape(target, segment))
  if (segments.at(-1) === '') segments.pop()
  if (segments.some((segment) => segment.split('/').some(isNoName)))
    throw bad(target, "a part of it is empty, '.' or '..', or has a zero byte")
  return segments
}

/** The path of a request for what lies behind these segments. */
export function formatTarget(segments: readonly string[]): string {
  return `/${segments.map(encodeURIComponent).join('/')}`
}

function isNoName(part: string): boolean {
  return part === '' || part === '.' || part === '..' || part.includes('\0')
}

function unescape(target: string, segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw bad(target, "a '%' in it is not followed by the bytes of a character")
  }
}

function bad(target: string, why: string): DvError {
  const shown = target.slice(0, 200)
  return new DvError('DV_BAD_ADDRESS', `'${shown}' is no path: ${why}`, { data: { path: shown } })
}
