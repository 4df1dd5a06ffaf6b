// What stands where: [REPO@]REV:PATH and dv://REPO@REV/PATH. Format: spec/11-revisions.md, "Addresses".
import { DvError, PATH_BYTES_MAX, utf8 } from '../base/index.js'
import { parseRevision } from './revision.js'

export interface Address {
  /** A remote's name, a directory or a URL; absent: the repository one is in. */
  repo?: string
  /** Text of a revision, already unescaped; 'HEAD' where the address leaves it out. */
  revision: string
  /** A path in the tree; empty: its root. */
  path: string
}

const SCHEME = 'dv://'
/** `C:\` and `C:/`. */
const DRIVE = /^[A-Za-z]:[\\/]/u
/** An '@' that does not begin '@{1}'. */
const PLAIN_AT = /@(?!\{)/u
const URL_LIKE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//u

/** Throws DV_BAD_ADDRESS, or DV_BAD_REVISION for what stands in the revision's place. */
export function parseAddress(text: string): Address {
  const parts = text.startsWith(SCHEME) ? splitUrl(text) : splitShort(text)
  const revision = parts.revision === '' ? 'HEAD' : parts.revision
  parseRevision(revision)
  return {
    ...(parts.repo !== undefined && { repo: parts.repo }),
    revision,
    path: checkPath(text, parts.path),
  }
}

/** A revision or range of another repository. */
export interface Elsewhere {
  repo: string
  /** As typed, unescaped; 'HEAD' where it is left out. */
  revisions: string
}

/** What stands where a revision is wanted and has the form 'REPO@REV', or is a URL alone. Undefined for all else: an
 * address with a path, a revision, a path. Throws DV_BAD_ADDRESS. */
export function parseElsewhere(text: string): Elsewhere | undefined {
  if (text.startsWith(SCHEME)) return elsewhereOfUrl(text)
  const opening = URL_LIKE.exec(text)?.[0] ?? DRIVE.exec(text)?.[0] ?? ''
  const at = text.slice(1).search(PLAIN_AT) + 1
  if (text.includes(':', opening === '' ? 0 : Math.max(at, opening.length - 1)) && at > 0) return undefined
  if (opening.endsWith('://')) checkUrl(text, opening, at)
  if (at === 0) return opening.endsWith('://') ? { repo: unescape(text, text), revisions: 'HEAD' } : undefined
  const revisions = unescape(text, text.slice(at + 1))
  return { repo: unescape(text, text.slice(0, at)), revisions: revisions === '' ? 'HEAD' : revisions }
}

function elsewhereOfUrl(text: string): Elsewhere | undefined {
  const { repo, revision, path } = splitUrl(text)
  if (repo === undefined || path !== '') return undefined
  return { repo, revisions: revision === '' ? 'HEAD' : revision }
}

/** Whether text has the form of an address rather than that of a plain path or revision. */
export function isAddress(text: string): boolean {
  return URL_LIKE.test(text) || DRIVE.test(text) ? text.includes('@') : text.includes(':')
}

/** The canonical text; `url` is the form with every part percent-encoded that needs it. */
export function formatAddress(address: Address, form: 'short' | 'url' = 'short'): string {
  const { repo, revision, path } = address
  if (form === 'url')
    return `${SCHEME}${escapeUrl(repo ?? '', '/:')}@${escapeUrl(revision, '')}/${escapeUrl(path, '/')}`
  if (repo !== undefined)
    return `${escapeRepo(repo)}@${escapeRevision(revision).replace(/^\{/u, '%7B')}:${path}`
  const text = `${escapeRevision(revision)}:${path}`
  return DRIVE.test(text) ? `%${text.charCodeAt(0).toString(16)}${text.slice(1)}` : text
}

function splitShort(text: string): { repo?: string; revision: string; path: string } {
  const opening = URL_LIKE.exec(text)?.[0] ?? DRIVE.exec(text)?.[0] ?? ''
  const at = repoEnd(text, opening)
  const colon = text.indexOf(':', at + 1)
  if (colon < 0) throw bad(text, "no ':' stands between the revision and the path")
  const revision = unescape(text, text.slice(at + 1, colon))
  const path = text.slice(colon + 1)
  return at < 0 ? { revision, path } : { repo: unescape(text, text.slice(0, at)), revision, path }
}

/** Where the '@' behind REPO stands, or -1. One at the very start, or before '{', belongs to a revision. */
function repoEnd(text: string, opening: string): number {
  const at = text.slice(1).search(PLAIN_AT) + 1
  if (opening === '') return at > 0 && at < text.indexOf(':') ? at : -1
  if (at === 0) throw bad(text, "no '@' and revision stand behind the repository")
  if (opening.endsWith('://')) checkUrl(text, opening, at)
  return at
}

/** A second plain '@' in front of the path: the first one may end a password. */
function checkUrl(text: string, opening: string, at: number): void {
  const rest = at === 0 ? '' : text.slice(at + 2).split(':', 1)[0]!
  checkRepo(PLAIN_AT.test(rest) ? `${opening}@` : text.slice(0, at || undefined))
}

/** A URL's host must not be preceded by a user name, or followed by anything but a port. */
function checkRepo(repo: string): void {
  const opening = URL_LIKE.exec(repo)?.[0]
  if (opening === undefined) return
  const authority = repo.slice(opening.length).split(/[/\\]/u, 1)[0]!
  if (authority.includes('@') || /:(?!\d*$)/u.test(authority.replace(/^\[[^\]]*\]/u, ''))) throw credentials()
}

function splitUrl(text: string): { repo?: string; revision: string; path: string } {
  const body = text.slice(SCHEME.length)
  const at = body.indexOf('@')
  if (at < 0) throw bad(text, "no '@' stands before the revision")
  if (/[?#]/u.test(body)) throw bad(text, "'?' and '#' must be written %3F and %23")
  const slash = body.indexOf('/', at)
  const end = slash < 0 ? body.length : slash
  const repo = unescape(text, body.slice(0, at))
  checkRepo(repo)
  const revision = unescape(text, body.slice(at + 1, end))
  return { ...(repo !== '' && { repo }), revision, path: unescape(text, body.slice(end + 1)) }
}

function checkPath(text: string, path: string): string {
  const tidy = path.replace(/^(?:\.\/)+/u, '').replace(/\/$/u, '')
  if (tidy === '' || tidy === '.') return ''
  if (path.startsWith('/')) throw bad(text, 'a path in a tree does not begin with a slash')
  if (tidy.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw bad(text, "a path in a tree has no empty, '.' or '..' components")
  }
  if (tidy.includes('\0') || utf8(tidy).length > PATH_BYTES_MAX) throw bad(text, 'its path cannot be one')
  return tidy
}

function unescape(text: string, part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw bad(text, "'%' must be followed by two hex digits, and they must be UTF-8 ('%' itself is %25)")
  }
}

function escapeUrl(part: string, kept: string): string {
  return encodeURIComponent(part).replace(/%2F|%3A/gu, (code) => {
    const character = decodeURIComponent(code)
    return kept.includes(character) ? character : code
  })
}

function escapeRepo(repo: string): string {
  const escaped = repo.replaceAll('%', '%25').replaceAll('@', '%40')
  const kept = (URL_LIKE.test(escaped) && !escaped.startsWith(SCHEME)) || DRIVE.test(escaped)
  return kept ? escaped : escaped.replaceAll(':', '%3A')
}

function escapeRevision(revision: string): string {
  return revision.replaceAll('%', '%25').replace(/(?!^)@(?!\{)/gu, '%40')
}

function bad(text: string, reason: string): DvError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text
  return new DvError('DV_BAD_ADDRESS', `'${shown}' is not an address: ${reason}`, {
    data: { address: shown },
    hint: "addresses look like 'main:data/a.csv', 'origin@v1:data' or 'dv://origin@v1/data'",
  })
}

/** Says nothing of the text: it would print the secret. */
function credentials(): DvError {
  return new DvError('DV_BAD_ADDRESS', 'An address must not contain a user name or password', {
    hint: "add the remote with 'dv remote add NAME URL' and write NAME in its place",
  })
}
