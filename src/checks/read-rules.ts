// The rule file, read by its schema: what is wrong is told with the line and column where it stands. Format: spec/25-checks.md
import type * as Yaml from 'yaml'
import { DvError, load, nearest } from '../base/index.js'
import { badRules } from './bad-rules.js'
import { inside, type Place, type RuleFile, type Rules } from './rules.js'
import { DEFINITIONS, RULES_SCHEMA, type Schema } from './schema.js'
import { refuseSenseless } from './sense.js'

const BYTES_MAX = 1024 * 1024

/** Throws DV_BAD_RULES. */
export function readRules(bytes: Uint8Array): Rules {
  const yaml = load<typeof Yaml>('yaml')
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(textOf(bytes), {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
  })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const [problem] = document.errors
  if (problem) throw badRules(firstLine(problem.message), at(problem.pos[0]))
  const places = new Map<string, Place>()
  const reader = new Reader(yaml, at, places)
  const file = reader.read(document.contents, RULES_SCHEMA, '') as unknown as RuleFile
  const rules: Rules = { file, placeOf: (rule) => placeOf(places, rule) }
  refuseSenseless(rules)
  return rules
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length > BYTES_MAX) throw badRules('it has more than 1 MiB', { line: 1, column: 1 })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    const good = Buffer.from(bytes).toString('utf8').split('\ufffd', 1)[0]!
    throw badRules('it is not UTF-8', { line: good.split('\n').length, column: 1 }, { cause })
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.replace(/[.:]$/, '')
}

function placeOf(places: ReadonlyMap<string, Place>, rule: string): Place {
  for (let name = rule; name !== ''; name = name.replace(/(\.[^.[\]]*|\[[^[\]]*\]|^[^.[\]]*)$/, '')) {
    const place = places.get(name)
    if (place) return place
  }
  return { line: 1, column: 1 }
}

/** Deeper than any rule. */
const DEPTH_MAX = 32

/** Goes through the nodes of a document along its schema. */
class Reader {
  readonly #yaml: typeof Yaml
  readonly #at: (offset: number) => Place
  readonly #places: Map<string, Place>

  constructor(yaml: typeof Yaml, at: (offset: number) => Place, places: Map<string, Place>) {
    this.#yaml = yaml
    this.#at = at
    this.#places = places
  }

  /** The value of a node. `name`: how it is called. Throws DV_BAD_RULES where it is not as the schema says. */
  read(node: unknown, schema: Schema, name: string, depth = 0): unknown {
    const place = this.#placeOf(node)
    if (!this.#places.has(name)) this.#places.set(name, place)
    if (this.#yaml.isAlias(node)) throw badRules('an alias stands here; write it out', place)
    if (depth > DEPTH_MAX) throw badRules('it is nested too deep', place)
    const wanted = this.#choose(node, resolved(schema), place)
    if (this.#yaml.isMap(node)) return this.#map(node, wanted, { name, depth })
    if (this.#yaml.isSeq(node)) return this.#list(node, wanted, { name, depth })
    const value = this.#yaml.isScalar(node) ? node.value : null
    refuseValue(value, wanted, place)
    return value ?? undefined
  }

  /** Of several schemas the one for this type of node. */
  #choose(node: unknown, schema: Schema, place: Place): Schema {
    const types = this.#typesOf(node)
    const all = (schema.anyOf ?? [schema]).map(resolved)
    const found = all.find(({ type }) => type !== undefined && types.includes(type))
    if (found) return found
    const names = [...new Set(all.map(({ type }) => WORDS[type!]))]
    throw badRules(`${shown(node)} stands here, where ${names.join(' or ')} was wanted`, place, {
      ...(schema.description !== undefined && { hint: schema.description }),
    })
  }

  #typesOf(node: unknown): string[] {
    if (this.#yaml.isMap(node)) return ['object']
    if (this.#yaml.isSeq(node)) return ['array']
    const value = this.#yaml.isScalar(node) ? node.value : null
    if (value === null) return ['null']
    if (typeof value === 'number' && Number.isFinite(value))
      return Number.isInteger(value) ? ['integer', 'number'] : ['number']
    return typeof value === 'string' || typeof value === 'boolean' ? [typeof value] : []
  }

  #map(node: Yaml.YAMLMap, schema: Schema, { name, depth }: { name: string; depth: number }): unknown {
    const { properties = {}, additionalProperties: others = false, required = [] } = schema
    const pairs: [string, unknown][] = []
    for (const { key, value } of node.items) {
      const place = this.#placeOf(key)
      if (!this.#yaml.isScalar(key)) throw badRules('the name of a rule is no text', place)
      const text = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
      const below = (Object.hasOwn(properties, text) ? properties[text] : undefined) ?? others
      if (below === false) throw unknownName(text, Object.keys(properties), place)
      const inner = inside(name, text)
      this.#places.set(inner, place)
      pairs.push([text, this.read(value, below, inner, depth + 1)])
    }
    const place = this.#places.get(name)!
    const missing = required.find((one) => !pairs.some(([text]) => text === one))
    if (missing !== undefined) throw badRules(`'${missing}' is missing`, place)
    if (pairs.length < (schema.minProperties ?? 0)) throw badRules('nothing stands in it', place)
    return Object.fromEntries(pairs)
  }

  #list(node: Yaml.YAMLSeq, schema: Schema, { name, depth }: { name: string; depth: number }): unknown {
    const { items = {}, minItems = 0, maxItems = Infinity } = schema
    const place = this.#placeOf(node)
    if (node.items.length < minItems) throw badRules('the list is empty', place)
    if (node.items.length > maxItems) throw badRules(`the list has more than ${maxItems} items`, place)
    const values = node.items.map((item, i) => this.read(item, items, inside(name, i), depth + 1))
    const twice = schema.uniqueItems ? values.findIndex((value, i) => values.indexOf(value) !== i) : -1
    if (twice >= 0)
      throw badRules(`'${String(values[twice])}' stands in the list twice`, this.#placeOf(node.items[twice]))
    return values
  }

  #placeOf(node: unknown): Place {
    const range = this.#yaml.isNode(node) ? node.range : undefined
    return this.#at(range?.[0] ?? 0)
  }
}

const WORDS: Record<NonNullable<Schema['type']>, string> = {
  object: 'names with values',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
}

function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema
  const { $ref, ...rest } = schema
  return { ...DEFINITIONS[$ref.slice('#/definitions/'.length)]!, ...rest }
}

function shown(node: unknown): string {
  const { value, items } = (node ?? {}) as { value?: unknown; items?: unknown[] }
  if (items)
    return items.some((item) => typeof item === 'object' && item !== null && 'key' in item)
      ? 'a map'
      : 'a list'
  return value === null || value === undefined ? 'nothing' : `'${String(value).slice(0, 100)}'`
}

function unknownName(text: string, known: readonly string[], place: Place): DvError {
  const near = nearest(text, known)
  return badRules(`'${text.slice(0, 100)}' is not known here`, place, {
    nearest: near,
    hint: `known here: ${known.join(', ')}`,
  })
}

function refuseValue(value: unknown, schema: Schema, place: Place): void {
  const { description: hint } = schema
  const refuse = (what: string, names: readonly string[] = []) => {
    throw badRules(what, place, { nearest: names, ...(hint !== undefined && { hint }) })
  }
  if (schema.enum && !schema.enum.includes(value as string)) {
    const known = schema.enum.map(String)
    const near = typeof value === 'string' ? nearest(value, known) : []
    refuse(`'${String(value)}' stands here, where ${known.join(', ')} was wanted`, near)
  }
  if (typeof value === 'number') {
    if (value < (schema.minimum ?? -Infinity)) refuse(`${value} is less than ${schema.minimum}`)
    if (value > (schema.maximum ?? Infinity)) refuse(`${value} is more than ${schema.maximum}`)
  }
  if (typeof value !== 'string') return
  const length = [...value].length
  if (length < (schema.minLength ?? 0)) refuse('an empty text stands here')
  if (length > (schema.maxLength ?? Infinity)) refuse(`the text has more than ${schema.maxLength} characters`)
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
    refuse(`'${value.slice(0, 100)}' cannot stand here`)
}
