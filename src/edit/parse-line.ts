// One line of JSON to what it asks for. Format: spec/14-apply.md, "Lines".
import { nearest, utf8 } from '../base/index.js'
import { PATH_BYTES_MAX } from '../base/index.js'
import { checkTreePath } from '../files/index.js'
import { type ContentId, parseId } from '../hash/index.js'
import { type Metadata, metadataFromJson } from '../objects/index.js'
import { atLine, badLine } from './line-error.js'

/** What must stand at the path before the change: content of this id, or nothing. */
export type Expected = ContentId | 'absent'

interface Common {
  /** Counted from 1. */
  line: number
  path: string
  expect?: Expected
}

/** A line about the tree, or about the commit that is made. */
export type Line = TreeLine | CommitLine

export interface CommitLine {
  op: 'commit'
  line: number
  meta: Metadata
}

export type TreeLine =
  | (Common & {
      op: 'put'
      /** A file as the user names it, or the bytes themselves. */
      source: { file: string } | { bytes: Uint8Array }
      executable?: boolean
      meta?: Metadata
    })
  | (Common & { op: 'symlink'; target: string; meta?: Metadata })
  | (Common & { op: 'delete'; missingOk: boolean })
  | { op: 'delete-matching'; line: number; pattern: string; missingOk: boolean }
  | (Common & { op: 'meta'; set: Metadata; unset: readonly string[] })

const FIELDS = {
  put: ['op', 'path', 'from', 'data', 'base64', 'executable', 'meta', 'expect'],
  symlink: ['op', 'path', 'target', 'meta', 'expect'],
  delete: ['op', 'path', 'pattern', 'missingOk', 'expect'],
  meta: ['op', 'path', 'set', 'unset', 'expect'],
  commit: ['op', 'meta'],
} as const
type Op = keyof typeof FIELDS

/** Throws DV_BAD_LINE, or DV_UNSAFE_PATH for a path no tree may hold. */
export function parseLine(text: string, line: number): Line {
  const fields = new Fields(text, line)
  switch (fields.op) {
    case 'put':
      return putLine(fields)
    case 'symlink':
      return { op: 'symlink', ...common(fields), target: targetOf(fields), ...metaOf(fields) }
    case 'delete':
      return deleteLine(fields)
    case 'meta':
      return metaLine(fields)
    case 'commit':
      return { op: 'commit', line: fields.line, meta: fields.metadata('meta') ?? new Map() }
  }
}

function putLine(fields: Fields): TreeLine {
  const given = (['from', 'data', 'base64'] as const).filter((name) => fields.has(name))
  if (given.length !== 1) throw fields.bad("a 'put' has one of 'from', 'data' and 'base64'")
  const executable = fields.flag('executable')
  const source =
    given[0] === 'from'
      ? { file: fields.text('from') }
      : { bytes: given[0] === 'data' ? wellFormed(fields, 'data') : fromBase64(fields) }
  return {
    op: 'put',
    ...common(fields),
    source,
    ...(executable !== undefined && { executable }),
    ...metaOf(fields),
  }
}

function wellFormed(fields: Fields, name: string): Uint8Array {
  const text = fields.text(name)
  if (/\p{Surrogate}/u.test(text))
    throw fields.bad(`'${name}' holds half of a character: use 'base64' for bytes`)
  return utf8(text)
}

/** Decoding passes over what is no base64; encoding again shows it. */
function fromBase64(fields: Fields): Uint8Array {
  const text = fields.text('base64')
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw fields.bad("'base64' is not base64 with padding")
  return bytes
}

function targetOf(fields: Fields): string {
  const target = fields.text('target')
  const size = wellFormed(fields, 'target').length
  if (size === 0 || size > PATH_BYTES_MAX || target.includes('\0'))
    throw fields.bad(`'target' cannot be that of a link`)
  return target
}

function deleteLine(fields: Fields): TreeLine {
  const missingOk = fields.flag('missingOk') ?? false
  if (!fields.has('pattern')) return { op: 'delete', ...common(fields), missingOk }
  if (fields.has('path') || fields.has('expect'))
    throw fields.bad("a 'delete' has either 'path' or 'pattern', and 'expect' only with 'path'")
  return { op: 'delete-matching', line: fields.line, pattern: fields.text('pattern'), missingOk }
}

function metaLine(fields: Fields): TreeLine {
  const unset = fields.value('unset') ?? []
  if (!Array.isArray(unset) || !unset.every((name) => typeof name === 'string'))
    throw fields.bad("'unset' is no list of names")
  return { op: 'meta', ...common(fields), set: fields.metadata('set') ?? new Map(), unset }
}

function common(fields: Fields): Common {
  const path = fields.text('path')
  try {
    checkTreePath(path, 'linux')
  } catch (error) {
    throw atLine(fields.line, error)
  }
  const expect = expectedOf(fields)
  return { line: fields.line, path, ...(expect !== undefined && { expect }) }
}

/** `null` is JSON's word for nothing. */
function expectedOf(fields: Fields): Expected | undefined {
  if (!fields.has('expect')) return undefined
  const value = fields.value('expect')
  if (value === null) return 'absent'
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return parseId<never>(value)
  throw fields.bad("'expect' is neither a content id (64 hex digits) nor null")
}

function metaOf(fields: Fields): { meta?: Metadata } {
  const meta = fields.metadata('meta')
  return meta ? { meta } : {}
}

/** The fields of one line, each asked for by its type. */
class Fields {
  readonly line: number
  readonly op: Op
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(text: string, line: number) {
    this.line = line
    this.#fields = this.#parse(text)
    const op = this.text('op')
    if (!Object.hasOwn(FIELDS, op))
      throw this.bad(`there is no operation '${op}', only ${Object.keys(FIELDS).join(', ')}`)
    this.op = op as Op
    const allowed: readonly string[] = FIELDS[this.op]
    const unknown = Object.keys(this.#fields).find((name) => !allowed.includes(name))
    if (unknown === undefined) return
    const near = nearest(unknown, allowed)[0]
    throw this.bad(
      `'${op}' has no field '${unknown}'${near === undefined ? '' : `; did you mean '${near}'?`}`,
    )
  }

  bad(problem: string): Error {
    return badLine(this.line, problem)
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name)
  }

  value(name: string): unknown {
    return this.has(name) ? this.#fields[name] : undefined
  }

  text(name: string): string {
    const value = this.value(name)
    if (typeof value === 'string') return value
    throw this.bad(value === undefined ? `it has no '${name}'` : `'${name}' is no text`)
  }

  flag(name: string): boolean | undefined {
    const value = this.value(name)
    if (value === undefined || typeof value === 'boolean') return value
    throw this.bad(`'${name}' is neither true nor false`)
  }

  metadata(name: string): Metadata | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    if (!isMap(value)) throw this.bad(`'${name}' is no map of metadata`)
    try {
      return metadataFromJson(value)
    } catch (error) {
      if (error instanceof TypeError) throw this.bad(error.message)
      throw error
    }
  }

  #parse(text: string): Readonly<Record<string, unknown>> {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw this.bad('it is not JSON')
    }
    if (isMap(value)) return value
    throw this.bad('it is no JSON object')
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
