// Names of branches, tags and notes, and the keys they are stored under. Format: spec/08-refs.md, "Names"
import { DvError, utf8 } from '../base/index.js'
import { decodeKeyPart, encodeKeyPart, KEY_PART_MAX } from './key-encoding.js'

export const REF_KINDS = ['heads', 'tags', 'remotes', 'notes'] as const
export type RefKind = (typeof REF_KINDS)[number]

/** A full name: `refs/heads/feature/x`, `refs/tags/v1`, `refs/remotes/origin/main`, `refs/notes/checks`. */
export type RefName = string

export interface ParsedRef {
  kind: RefKind
  /** Of a remote-tracking ref only. */
  remote?: string
  /** What a user calls it, without the remote: `feature/x`. */
  name: string
}

/** Throws DV_BAD_NAME, with a name that would do as hint, unless `name` may name a branch, a tag or a remote. */
export function validateRefName(name: string): string {
  const problem = findProblem(name)
  if (problem === undefined) return name
  const better = suggest(name)
  throw new DvError('DV_BAD_NAME', `'${name.slice(0, 200)}' cannot be a name: ${problem}`, {
    data: { name: name.slice(0, 200), problem },
    ...(better === undefined ? {} : { hint: `try '${better}'` }),
  })
}

export function branchRef(name: string): RefName {
  return `refs/heads/${validateRefName(name)}`
}

export function tagRef(name: string): RefName {
  return `refs/tags/${validateRefName(name)}`
}

export function noteRef(name: string): RefName {
  return `refs/notes/${validateRefName(name)}`
}

/** The remote-tracking ref of a remote's branch. */
export function remoteRef(remote: string, name: string): RefName {
  return `refs/remotes/${validateRemoteName(remote)}/${validateRefName(name)}`
}

/** A remote's name is a ref's without slashes: it ends where the branch begins. */
export function validateRemoteName(remote: string): string {
  if (!remote.includes('/')) return validateRefName(remote)
  throw new DvError('DV_BAD_NAME', `'${remote.slice(0, 200)}' cannot name a remote: it has a slash`, {
    data: { name: remote.slice(0, 200) },
    // An address in its place may hold a password, which nobody would see any more in what it is turned into.
    hint: remote.includes('://')
      ? 'the name comes first: dv remote add NAME URL'
      : "try '" + remote.replaceAll('/', '-').slice(0, 60) + "'",
  })
}

/** Takes a full name apart. Throws DV_BAD_NAME when it is none. */
export function parseRef(ref: RefName): ParsedRef {
  const [, kind, rest] = /^refs\/(heads|tags|remotes|notes)\/(.+)$/s.exec(ref) ?? []
  if (kind === undefined || rest === undefined) {
    throw new DvError('DV_BAD_NAME', `'${ref.slice(0, 200)}' is not the full name of a branch, tag or note`)
  }
  if (kind !== 'remotes') return { kind: kind as RefKind, name: validateRefName(rest) }
  const slash = rest.indexOf('/')
  return {
    kind,
    remote: validateRefName(rest.slice(0, Math.max(0, slash))),
    name: validateRefName(rest.slice(slash + 1)),
  }
}

/** What a user calls it: `feature/x`, `origin/main`. */
export function shortRefName(ref: RefName): string {
  const { remote, name } = parseRef(ref)
  return remote === undefined ? name : `${remote}/${name}`
}

/** The name a ref is stored under. */
export function refKey(ref: RefName): string {
  const { kind, remote, name } = parseRef(ref)
  return ['refs', kind, ...(remote === undefined ? [] : [encodeKeyPart(remote)]), encodeKeyPart(name)].join(
    '/',
  )
}

/** The ref stored under `key`, or undefined when no writer makes such a key. */
export function refFromKey(key: string): RefName | undefined {
  const [root, kind, ...parts] = key.split('/')
  const names = parts.map(decodeKeyPart)
  if (root !== 'refs' || names.length !== (kind === 'remotes' ? 2 : 1)) return undefined
  const ref = `refs/${kind}/${names.join('/')}`
  try {
    return refKey(ref) === key ? ref : undefined
  } catch {
    return undefined
  }
}

// git's rules (check-ref-format), what a branch may not be called on top of them, and what a key can hold.
const RULES: readonly [RegExp, string][] = [
  [/^$/, 'it is empty'],
  [/[\x00-\x1f\x7f]/, 'it has a control character'],
  [/ /, 'it has a space'],
  [/[~^:?*[\\]/, "it has one of '~', '^', ':', '?', '*', '[', '\\'"],
  [/\.\./, "it has '..'"],
  [/@\{/, "it has '@{'"],
  [/^@$/, "'@' alone means the current commit"],
  [/^HEAD$/, "'HEAD' means the current commit"],
  [/^\/|\/$|\/\//, 'a part of it is empty'],
  [/(^|\/)\./, "a part of it begins with '.'"],
  [/\.$/, "it ends with '.'"],
  [/\.lock(\/|$)/, "a part of it ends with '.lock'"],
  [/^-/, "it begins with '-' and would be taken for an option"],
  [/^[0-9a-f]{64}$/, 'it would be taken for an id'],
]

function findProblem(name: string): string | undefined {
  const broken = RULES.find(([pattern]) => pattern.test(name))
  if (broken !== undefined) return broken[1]
  if (wellFormed(name) !== name) return 'it is not valid Unicode'
  if (encodeKeyPart(name).length > KEY_PART_MAX) return 'it is too long'
  return undefined
}

/** A lone half of a surrogate pair has no UTF-8: it becomes U+FFFD. */
function wellFormed(name: string): string {
  return utf8(name).toString('utf8')
}

/** The nearest name that obeys the rules, if there is one worth showing. */
function suggest(name: string): string | undefined {
  const better = wellFormed(name)
    .replace(/[\x00-\x20\x7f~^:?*[\\\ufffd]+|@\{/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/\/{2,}/g, '/')
    .replace(/(^|\/)\.+/g, '$1')
    .replace(/\.lock(?=\/|$)/g, '-lock')
    .replace(/^[-/]+|[-./]+$/g, '')
  return better !== name && better.length <= 60 && findProblem(better) === undefined ? better : undefined
}
