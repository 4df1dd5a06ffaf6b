// What the fields of a pin may be. Each rule answers with why a value is refused, or undefined. Lock files come from
// strangers. Format: spec/27-dependencies.md, "Fields"
import { whyNever } from '../files/index.js'
import { parseRemoteUrl } from '../repo/index.js'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/
const URL_CHARS_MAX = 4096
const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i
const SCHEMES = new Set(['file', 's3', 'http', 'https'])

export function checkName(name: string): string | undefined {
  return NAME.test(name) ? undefined : 'a name is made of letters, digits, dots, dashes and underscores'
}

/** A name for what an address ends with: 's3://lab/plates 7' is 'plates-7'. */
export function nameFor(address: string): string | undefined {
  const last = address.split(/[\\/]+/).findLast((part) => /[A-Za-z0-9]/.test(part))
  const name = last
    ?.replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .replace(/-+$/, '')
  return name === undefined || name === '' ? undefined : name.slice(0, 100)
}

/** A folder below that of the lock file. */
export function checkFolder(folder: string): string | undefined {
  const never = whyNever(folder)
  if (never !== undefined) return `'into' is a folder below that of the lock file: ${never}`
  return folder.includes('\\') ? "'into' has '/' between its parts" : undefined
}

/** Says nothing of the text: it may hold a password. */
export function checkUrl(url: string): string | undefined {
  if (url.trim() === '' || url.length > URL_CHARS_MAX) return 'an address is empty or too long'
  if (/[\x00-\x1f\x7f]|\p{Surrogate}/u.test(url)) return 'an address holds control characters'
  const scheme = SCHEME.exec(url)?.[1]
  if (scheme === undefined) return undefined
  if (!SCHEMES.has(scheme.toLowerCase())) return `addresses begin with ${[...SCHEMES].join('://, ')}://`
  if (/[?#]/.test(url))
    return "an address has no '?' or '#': what stands behind them may be a secret (%3F and %23 are characters of a path)"
  return hasUser(url)
    ? 'an address holds no user name or password: credentials come from the environment'
    : undefined
}

function hasUser(url: string): boolean {
  try {
    return parseRemoteUrl(url).stripped
  } catch {
    // What cannot be parsed cannot be looked through.
    return true
  }
}
