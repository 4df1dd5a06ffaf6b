// What a path in a tree may be: one rule for commit, fetch and checkout on every system, because a tree made here is
// checked out elsewhere. Names are of three sorts. *Never*: it would leave the tree or reach the metadata of dv or git
// on some system; refused everywhere. *Not portable*: some system cannot hold it; refused there, by name, and nowhere
// else. *Fine*: the rest. Format: spec/10-working-directory.md, "Names".
import { DvError, PATH_BYTES_MAX, utf8 } from '../base/index.js'

export type Platform = 'linux' | 'darwin' | 'win32'

/** The platform this process runs on; every Unix but macOS counts as linux. */
export const HERE: Platform =
  process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux'

export const NAME_BYTES_MAX = 255

/** Throws DV_UNSAFE_PATH for a path no tree may hold, DV_UNREPRESENTABLE_PATH for one `platform` cannot hold. */
export function checkTreePath(path: string, platform: Platform = HERE): void {
  const never = whyNever(path)
  if (never !== undefined) {
    throw new DvError('DV_UNSAFE_PATH', `The path ${quotePath(path)} is not allowed in a tree: ${never}`, {
      data: { path, reason: never },
    })
  }
  const unable = whyNotOn(path, platform)
  if (unable !== undefined) {
    throw new DvError(
      'DV_UNREPRESENTABLE_PATH',
      `The path ${quotePath(path)} cannot exist on this system: ${unable}`,
      {
        data: { path, reason: unable },
        hint: 'rename it on a system that has it, or leave it out with a sparse checkout',
      },
    )
  }
}

/** Bytes of a name from the top of the disk, as calls of the system take it. Node gives Windows another form, which has room. */
const FULL_PATH_BYTES_MAX: Record<Platform, number> = { linux: 4095, darwin: 1023, win32: Infinity }

/** Throws DV_UNREPRESENTABLE_PATH for a path that is too long where it would stand: it could be made there piece by piece,
 * and then no program could read it. */
export function checkPathBelow(root: string, path: string, platform: Platform = HERE): void {
  const most = FULL_PATH_BYTES_MAX[platform]
  if ((root.length + 1 + path.length) * 3 <= most) return
  const length = Buffer.byteLength(root) + 1 + Buffer.byteLength(path)
  if (length <= most) return
  throw new DvError(
    'DV_UNREPRESENTABLE_PATH',
    `The path ${quotePath(path)} has ${length} bytes below ${quotePath(root)}: this system takes ${most} at most`,
    {
      data: { path, length, most },
      hint: 'use a folder of a shorter name, or leave it out with a sparse checkout',
    },
  )
}

/** Why no tree may hold `path`, or undefined when it may. */
export function whyNever(path: string): string | undefined {
  if (path.length * 3 > PATH_BYTES_MAX && Buffer.byteLength(path) > PATH_BYTES_MAX) {
    return `it is longer than ${PATH_BYTES_MAX} bytes`
  }
  for (const name of path.split('/')) {
    const reason = whyNeverName(name)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** The common case, decided without folding: nothing here can look like '.', '..', '.dv', '.git' or an 8.3 name. */
const PLAIN_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,254}$/

/** The same for one component. */
export function whyNeverName(name: string): string | undefined {
  if (PLAIN_NAME.test(name)) return undefined
  if (name === '') return 'a component is empty'
  if (name.includes('\0')) return 'it holds a NUL byte'
  if (name.includes('/')) return 'a component holds a slash'
  if (/\p{Surrogate}/u.test(name)) return 'it is not valid Unicode'
  if (name.length * 3 > NAME_BYTES_MAX && utf8(name).length > NAME_BYTES_MAX) {
    return `a component is longer than ${NAME_BYTES_MAX} bytes`
  }
  const seen = asSeenByOthers(name)
  if (/^[. ]*$/.test(seen) && /^\.{1,2}$|\. | \./.test(seen))
    return `a component reads as '${seen.trim() || '.'}'`
  if (isMetadataName(name))
    return `a component reads as the metadata folder '${/g/i.test(seen) ? '.git' : '.dv'}'`
  return undefined
}

/** Whether some system takes this name for `.dv` or `.git`: by case, characters HFS+ ignores, what NTFS drops at the
 * end, alternate streams, or a short 8.3 name. */
export function isMetadataName(name: string): boolean {
  const folded = foldCase(asSeenByOthers(name).normalize('NFC')).replace(/[. ]+$/, '')
  return folded === '.dv' || folded === '.git' || /^(dv|git)~\d+$|^(dv|gi)[0-9a-f]{4}~\d$/.test(folded)
}

/** The name without the characters HFS+ ignores and without an NTFS stream (`name:stream`, `name::$DATA`). */
function asSeenByOthers(name: string): string {
  const visible = name.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
  const stream = visible.indexOf(':')
  return stream < 0 ? visible : visible.slice(0, stream)
}

/** Simple case folding, one code point to one, as file systems do it. */
export function foldCase(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase()
  let folded = ''
  for (const char of text) {
    const upper = char.toUpperCase()
    const lower = (isOneCodePoint(upper) ? upper : char).toLowerCase()
    folded += isOneCodePoint(lower) ? lower : char
  }
  return folded
}

function isOneCodePoint(text: string): boolean {
  return text.length === 1 || (text.length === 2 && text.codePointAt(0)! > 0xffff)
}

const DEVICE =
  /^(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$) *(\.|:|$)/i

/** Why `platform` cannot hold `path`, or undefined when it can. For paths whyNever() passes. */
export function whyNotOn(path: string, platform: Platform): string | undefined {
  if (platform !== 'win32') return undefined
  for (const name of path.split('/')) {
    const bad = /[\x00-\x1f<>:"|?*\\]/.exec(name)
    if (bad) return `Windows does not allow ${quotePath(bad[0])} in a name`
    if (/[. ]$/.test(name)) return 'Windows does not allow a name to end in a dot or a space'
    if (DEVICE.test(name)) return `Windows keeps the name '${name}' for a device`
  }
  return undefined
}

/** A path for a message: in single quotes, control characters and bytes that are not UTF-8 escaped. */
export function quotePath(path: string | Uint8Array): string {
  const text = typeof path === 'string' ? path : escapeInvalid(path)

  return `'${text.replace(/[\x00-\x1f\x7f\u200c-\u200f\u202a-\u202e\u2066-\u206f\ufeff]/g, escapeUnit)}'`
}

function escapeUnit(unit: string): string {
  const code = unit.charCodeAt(0)
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
}

/** Bytes as text, each byte that is not part of valid UTF-8 as \xNN. */
function escapeInvalid(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find((size) => {
      try {
        decoder.decode(bytes.subarray(at, at + size))
        return at + size <= bytes.length
      } catch {
        return false
      }
    })
    if (length === undefined) text += `\\x${bytes[at]!.toString(16).padStart(2, '0')}`
    else text += decoder.decode(bytes.subarray(at, at + length))
    at += length ?? 1
  }
  return text
}
