// What a user configures, as data: keys, values, and their JSON. Format: spec/09-layout.md, "Configuration"
import { DvError, fromUtf8, parseDuration, parseSize, utf8 } from '../base/index.js'
import { STORAGE_SETTINGS, type StorageSettings } from '../storage/index.js'
import { validateRefName, validateRemoteName } from '../refs/index.js'
import { parseRemoteUrl, STRIPPED_NOTE } from './remote-url.js'

export interface BranchConfig {
  /** The remote it is pushed to and pulled from. */
  remote?: string
  /** The branch there. */
  merge?: string
}

/** Where a remote is, and how it is reached. `url` is empty for a remote of which only settings are known here. */
export interface RemoteConfig extends StorageSettings {
  url: string
}

export interface Config {
  user: { name?: string; email?: string }
  remotes: ReadonlyMap<string, RemoteConfig>
  branches: ReadonlyMap<string, BranchConfig>
  /** Of the cache of remote reads, which is the user's: what a repository says of it does not count. */
  cache: { size?: string }
  /** Of a store's collector. `operations`: how long they are kept. */
  gc: { operations?: string }
}

export interface ConfigChange {
  config: Config
  /** What the user should know of it: credentials were taken out of a URL. */
  notes: string[]
}

export const EMPTY_CONFIG: Config = { user: {}, remotes: new Map(), branches: new Map(), cache: {}, gc: {} }
const REMOTE_FIELDS = ['url', ...STORAGE_SETTINGS] as const
const KEYS = [
  'user.name',
  'user.email',
  ...REMOTE_FIELDS.map((field) => `remote.NAME.${field}`),
  'branch.NAME.remote',
  'branch.NAME.merge',
  'cache.size',
  'gc.operations',
]
const VALUE_CHARS_MAX = 4096

type ParsedKey =
  | { section: 'user'; field: 'name' | 'email' }
  | { section: 'remote'; name: string; field: (typeof REMOTE_FIELDS)[number] }
  | { section: 'branch'; name: string; field: 'remote' | 'merge' }
  | { section: 'cache'; field: 'size' }
  | { section: 'gc'; field: 'operations' }

/** The value of a dotted key, or undefined. Throws DV_BAD_CONFIG when there is no such key. */
export function getConfigValue(config: Config, key: string): string | undefined {
  const parsed = parseKey(key)
  if (parsed.section === 'user') return config.user[parsed.field]
  if (parsed.section === 'cache') return config.cache[parsed.field]
  if (parsed.section === 'gc') return config.gc[parsed.field]
  if (parsed.section === 'remote') return config.remotes.get(parsed.name)?.[parsed.field]
  return config.branches.get(parsed.name)?.[parsed.field]
}

/** A config with one value set. */
export function setConfigValue(config: Config, key: string, value: string): ConfigChange {
  const parsed = parseKey(key)
  const sound = checkValue(key, value)
  if (parsed.section === 'user') {
    return { config: { ...config, user: { ...config.user, [parsed.field]: sound } }, notes: [] }
  }
  if (parsed.section === 'cache')
    return { config: { ...config, cache: { size: checkSize(sound) } }, notes: [] }
  if (parsed.section === 'gc')
    return { config: { ...config, gc: { operations: checkDuration(sound) } }, notes: [] }
  if (parsed.section === 'branch') {
    const name = parsed.field === 'remote' ? validateRemoteName(sound) : validateRefName(sound)
    const branch = { ...config.branches.get(parsed.name), [parsed.field]: name }
    return { config: { ...config, branches: new Map(config.branches).set(parsed.name, branch) }, notes: [] }
  }
  const { text, notes } = checkRemoteValue(parsed.field, sound)
  const remote = { ...(config.remotes.get(parsed.name) ?? { url: '' }), [parsed.field]: text }
  return { config: { ...config, remotes: new Map(config.remotes).set(parsed.name, remote) }, notes }
}

function checkSize(value: string): string {
  if (parseSize(value) !== undefined) return value
  throw new DvError('DV_BAD_CONFIG', `'${value}' is no size, as 'cache.size' is`, {
    data: { key: 'cache.size', value },
    hint: 'write it like 5GB or 500MB; 0 keeps nothing',
  })
}

function checkDuration(value: string): string {
  if (parseDuration(value) !== undefined) return value
  throw new DvError('DV_BAD_CONFIG', `'${value}' is no span of time, as 'gc.operations' is`, {
    data: { key: 'gc.operations', value },
    hint: 'write it like 30d, 12h or 2w',
  })
}

/** What is an address is kept without user-info. */
function checkRemoteValue(field: string, value: string): { text: string; notes: string[] } {
  if (field !== 'url' && field !== 'endpoint') return { text: value, notes: [] }
  const { url, stripped } = parseRemoteUrl(value)
  return { text: url, notes: stripped ? [STRIPPED_NOTE] : [] }
}

/** A config without one value. Unsetting what is not set changes nothing. */
export function unsetConfigValue(config: Config, key: string): Config {
  const parsed = parseKey(key)
  if (parsed.section === 'user') return { ...config, user: without(config.user, parsed.field) }
  if (parsed.section === 'cache') return { ...config, cache: without(config.cache, parsed.field) }
  if (parsed.section === 'gc') return { ...config, gc: without(config.gc, parsed.field) }
  if (parsed.section === 'remote') return { ...config, remotes: unsetRemoteValue(config, parsed) }
  const branch = without(config.branches.get(parsed.name) ?? {}, parsed.field)
  const branches = new Map(config.branches).set(parsed.name, branch)
  if (Object.keys(branch).length === 0) branches.delete(parsed.name)
  return { ...config, branches }
}

function unsetRemoteValue(
  { remotes }: Config,
  { name, field }: ParsedKey & { section: 'remote' },
): Map<string, RemoteConfig> {
  const known = remotes.get(name)
  if (field === 'url' || !known) return withoutName(remotes, name)
  return new Map(remotes).set(name, without(known, field))
}

/** Every value that is set with its dotted key, by key. */
export function listConfig(config: Config): [key: string, value: string][] {
  const pairs = (prefix: string, values: object) =>
    Object.entries(values).map(([field, value]): [string, string] => [`${prefix}.${field}`, value as string])
  return [
    ...pairs('user', config.user),
    ...pairs('cache', config.cache),
    ...pairs('gc', config.gc),
    ...[...config.remotes].flatMap(([name, remote]) => pairs(`remote.${name}`, remote)),
    ...[...config.branches].flatMap(([name, branch]) => pairs(`branch.${name}`, branch)),
  ].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Both scopes seen as one: what `over` sets hides what `under` sets. */
export function mergeConfigs(under: Config, over: Config): Config {
  return {
    user: { ...under.user, ...over.user },
    remotes: new Map([...under.remotes, ...over.remotes]),
    branches: new Map([...under.branches, ...over.branches]),
    cache: { ...under.cache, ...over.cache },
    gc: { ...under.gc, ...over.gc },
  }
}

export function encodeConfig({ user, remotes, branches, cache, gc }: Config): Buffer {
  // fromEntries defines, it does not assign: a remote called '__proto__' is a remote like any other.
  const record = {
    version: 1,
    user,
    remotes: Object.fromEntries(remotes),
    branches: Object.fromEntries(branches),
    ...(cache.size !== undefined && { cache }),
    ...(gc.operations !== undefined && { gc }),
  }
  return utf8(`${JSON.stringify(record, undefined, 2)}\n`)
}

/** Reads a config. Throws DV_BAD_CONFIG, naming `where`: people edit these. Fields of later versions are passed over. */
export function decodeConfig(bytes: Uint8Array, where: string): Config {
  const record = parseJson(bytes, where)
  let config = EMPTY_CONFIG
  const sections = { user: 'user', remotes: 'remote', branches: 'branch', cache: 'cache', gc: 'gc' } as const
  for (const [field, section] of Object.entries(sections)) {
    for (const [key, value] of flatten(section, record[field], where)) {
      if (isKey(key)) config = setConfigValue(config, key, value).config
    }
  }
  return config
}

function flatten(section: string, values: unknown, where: string): [string, string][] {
  if (values === undefined) return []
  if (typeof values === 'string') return [[section, values]]
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new DvError('DV_BAD_CONFIG', `'${section}' in '${where}' is not text`, {
      data: { where, key: section },
    })
  }
  return Object.entries(values).flatMap(([name, value]) => flatten(`${section}.${name}`, value, where))
}

function parseJson(bytes: Uint8Array, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes))
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Told below, with the file's name.
  }
  throw new DvError('DV_BAD_CONFIG', `'${where}' is not a JSON object`, {
    hint: `correct it, or remove it and set the values again with 'dv config'`,
    data: { where },
  })
}

const KEY_FORM = new RegExp(
  `^(user\\.(name|email)|remote\\..+\\.(${REMOTE_FIELDS.join('|')})|branch\\..+\\.(remote|merge)|cache\\.size|gc\\.operations)$`,
  's',
)

function isKey(key: string): boolean {
  return KEY_FORM.test(key)
}

function parseKey(key: string): ParsedKey {
  const section = key.slice(0, key.indexOf('.'))
  const field = key.slice(key.lastIndexOf('.') + 1)
  if (!isKey(key)) {
    throw new DvError('DV_BAD_CONFIG', `There is no configuration '${key.slice(0, 200)}'`, {
      hint: `what can be set: ${KEYS.join(', ')}`,
      data: { key: key.slice(0, 200), keys: KEYS },
    })
  }
  if (section === 'user') return { section, field: field as 'name' | 'email' }
  if (section === 'cache') return { section, field: 'size' }
  if (section === 'gc') return { section, field: 'operations' }
  const name = key.slice(section.length + 1, -field.length - 1)
  if (section === 'remote')
    return { section, name: validateRemoteName(name), field: field as (typeof REMOTE_FIELDS)[number] }
  return { section: 'branch', name: validateRefName(name), field: field as 'remote' | 'merge' }
}

function checkValue(key: string, value: string): string {
  if (value.length <= VALUE_CHARS_MAX && !/[\x00-\x1f\x7f]/.test(value) && value.trim() !== '')
    return value.trim()
  throw new DvError('DV_BAD_CONFIG', `The value of '${key}' is empty, too long or has control characters`, {
    data: { key },
  })
}

function without<T extends object>(record: T, field: keyof T): T {
  const { [field]: _, ...rest } = record
  return rest as T
}

function withoutName<T>(map: ReadonlyMap<string, T>, name: string): Map<string, T> {
  const copy = new Map(map)
  copy.delete(name)
  return copy
}
