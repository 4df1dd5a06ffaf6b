// dv.lock as data: one line of JSON says which commit is meant by a name. Format: spec/27-dependencies.md
import { comparePaths, DvError, fromUtf8, isDvError, utf8 } from '../base/index.js'
import { parseExpression } from '../expression/index.js'
import { foldCase, whyNever } from '../files/index.js'
import { type CommitId, parseId, toHex } from '../hash/index.js'
import { parseRevision } from '../history/index.js'
import { checkFolder, checkName, checkUrl } from './pin-rules.js'

export const LOCK_FILE = 'dv.lock'
const VERSION = 1
const PINS_MAX = 10_000

/** What a server is reached by besides its address, for everybody. */
export const PIN_SETTINGS = ['endpoint', 'region', 'path-style'] as const
type PinSettings = Partial<Record<(typeof PIN_SETTINGS)[number], string>>

export interface Pin {
  name: string
  /** Of the store: a URL, or a folder, which begins with './' or '../' when it is seen from the lock file. */
  url: string
  settings?: PinSettings
  /** The store's id, 32 hex digits. */
  store: string
  /** What `dv update` looks up. */
  revision: string
  commit: CommitId
  /** A file, a directory or a pattern of the tree; '': all of it. */
  path: string
  /** Only what this expression means. */
  where?: string
  /** The folder for it, seen from the lock file. */
  into: string
}

const FIELDS = ['name', 'url', 'settings', 'store', 'revision', 'commit', 'path', 'where', 'into']

/** Whether two pins mean the same files in the same folder. */
export function sameFiles(one: Pin, other: Pin): boolean {
  const key = ({ store, commit, path, where, into }: Pin) =>
    JSON.stringify([store, toHex(commit), path, where, into])
  return key(one) === key(other)
}

/** The lines in the order of their names: two who add one each change different lines. */
export function encodeLock(pins: readonly Pin[]): Buffer {
  const sorted = [...pins].sort((a, b) => (a.name < b.name ? -1 : 1))
  return utf8([JSON.stringify({ 'dv.lock': VERSION }), ...sorted.map(pinLine), ''].join('\n'))
}

/** Without the line's end. */
export function pinLine(pin: Pin): string {
  const { name, url, settings, store, revision, commit, path, where, into } = pin
  return JSON.stringify({
    ...{ name, url, ...(settings && { settings }), store, revision, commit: toHex(commit) },
    ...(path !== '' && { path }),
    ...(where !== undefined && { where }),
    into,
  })
}

/** Reads what people merge and strangers write. Throws DV_BAD_LOCK_FILE with the line, or DV_NEWER_FORMAT. `file` is
 * for messages. */
export function decodeLock(bytes: Uint8Array, file: string): Pin[] {
  const { header, pins } = decodePins(bytes, file)
  const version = header['dv.lock']
  if (typeof version === 'number' && version > VERSION) {
    throw new DvError('DV_NEWER_FORMAT', `'${file}' was written by a newer dv (format ${version})`, {
      data: { file, version },
      hint: 'install a newer dv: npm install -g dv-data@latest',
    })
  }
  if (version !== VERSION) throw badLine({ file, line: 1 }, `it is not {"dv.lock":${VERSION}}`)
  refuseTwice(pins, file)
  return pins
}

/** A first line that says what file it is, and pins. */
export function decodePins(
  bytes: Uint8Array,
  file: string,
): { header: Record<string, unknown>; pins: Pin[] } {
  const lines = textOf(bytes, file).split('\n')
  const header = readRecord(lines[0]!, { file, line: 1 })
  const pins: Pin[] = []
  for (const [i, line] of lines.entries()) {
    const at = { file, line: i + 1 }
    if (i > 0 && line.trim() !== '') pins.push(readPin(line, at))
    if (pins.length > PINS_MAX) throw badLine(at, `there are more than ${PINS_MAX} pins`)
  }
  return { header, pins }
}

interface At {
  file: string
  line: number
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return fromUtf8(bytes)
  } catch {
    throw badLine({ file, line: 1 }, 'it is not UTF-8')
  }
}

function readRecord(line: string, at: At): Record<string, unknown> {
  if (/^(<{7}|={7}|>{7}|\|{7})/.test(line)) {
    throw badLine(at, 'a merge left its marks', 'keep one line for each name, and remove the marks')
  }
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Told below, with the line.
  }
  throw badLine(at, 'it is no JSON object')
}

function readPin(line: string, at: At): Pin {
  const record = readRecord(line, at)
  const unknown = Object.keys(record).find((key) => !FIELDS.includes(key))
  if (unknown !== undefined) throw badLine(at, `'${unknown.slice(0, 40)}' is no field of a pin`)
  const text = (field: string): string => {
    const value = record[field]
    if (typeof value === 'string') return value
    throw badLine(at, `'${field}' is ${value === undefined ? 'missing' : 'no text'}`)
  }
  const must = (reason: string | undefined): void => {
    if (reason !== undefined) throw badLine(at, reason)
  }
  const [name, url, store, into, path] = [
    text('name'),
    text('url'),
    text('store'),
    text('into'),
    pathOf(record, text),
  ]
  must(checkName(name))
  must(checkUrl(url))
  must(/^[0-9a-f]{32}$/.test(store) ? undefined : "'store' is not 32 hex digits")
  must(checkFolder(into))
  must(path === '' ? undefined : whyNever(path))
  const revision = parsed(at, 'revision', () => (parseRevision(text('revision')), text('revision')))
  const commit = parsed(at, 'commit', () => parseId<'commit'>(text('commit')))
  const where = record['where'] === undefined ? undefined : text('where')
  if (where !== undefined) parsed(at, 'where', () => parseExpression(where))
  const settings = settingsOf(record['settings'], at)
  return {
    ...{ name, url, ...(settings && { settings }), store, revision, commit, path },
    ...(where !== undefined && { where }),
    into,
  }
}

function pathOf(record: Record<string, unknown>, text: (field: string) => string): string {
  return record['path'] === undefined ? '' : text('path')
}

function parsed<T>(at: At, field: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isDvError(error) && error.code !== 'DV_BAD_LOCK_FILE')
      throw badLine(at, `'${field}': ${error.message}`)
    throw error
  }
}

function settingsOf(value: unknown, at: At): PinSettings | undefined {
  if (value === undefined) return undefined
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  const pairs = isRecord ? Object.entries(value) : []
  if (pairs.length === 0) throw badLine(at, "'settings' is no object of settings")
  for (const [key, setting] of pairs) {
    if (!(PIN_SETTINGS as readonly string[]).includes(key) || typeof setting !== 'string')
      throw badLine(at, `'settings' may have ${PIN_SETTINGS.join(', ')}, each a text`)
    const reason = checkUrl(setting)
    if (reason !== undefined) throw badLine(at, reason)
  }
  const given = new Map(pairs as [string, string][])
  return Object.fromEntries(PIN_SETTINGS.flatMap((key) => (given.has(key) ? [[key, given.get(key)]] : [])))
}

/** Names, and folders that lie in each other: what one installs another would take for its own. */
function refuseTwice(pins: readonly Pin[], file: string): void {
  const names = new Set<string>()
  for (const { name } of pins) {
    if (names.size === names.add(foldCase(name)).size)
      throw twice(file, `two lines are called '${name}'`, name)
  }
  const folders = pins.map(({ into }) => foldCase(into)).sort(comparePaths)
  const inner = folders.findIndex((into, i) => i > 0 && `${into}/`.startsWith(`${folders[i - 1]}/`))
  if (inner > 0) throw twice(file, `'${folders[inner]}' lies in '${folders[inner - 1]}'`, folders[inner]!)
}

function twice(file: string, what: string, name: string): DvError {
  return new DvError('DV_BAD_LOCK_FILE', `'${file}' cannot be followed: ${what}`, {
    data: { file, name },
    hint: 'each name has one line and a folder of its own',
  })
}

function badLine(
  { file, line }: At,
  what: string,
  hint = "lines are written by 'dv require' and 'dv update'",
): DvError {
  return new DvError('DV_BAD_LOCK_FILE', `Line ${line} of '${file}' cannot be followed: ${what}`, {
    data: { file, line },
    hint,
  })
}
