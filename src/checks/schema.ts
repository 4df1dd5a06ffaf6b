// The shape of the rule file as JSON Schema: what spec/checks.schema.json publishes for editors is what the reader goes by.

/** The part of JSON Schema that is used. */
export interface Schema {
  description?: string
  type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null'
  /** Told apart by the type of what stands there. */
  anyOf?: readonly Schema[]
  $ref?: string
  properties?: Readonly<Record<string, Schema>>
  additionalProperties?: false | Schema
  required?: readonly string[]
  minProperties?: number
  items?: Schema
  minItems?: number
  maxItems?: number
  uniqueItems?: true
  enum?: readonly (string | number | boolean)[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
}

const ITEMS_MAX = 10_000
const SHARE = '^\\d{1,3}(\\.\\d{1,6})?%$'
const SPAN = '^\\d{1,6} ?[mhdw]$'
const BYTES = '^\\d{1,16}(\\.\\d{1,6})? ?([kKmMgG]([iI]?[bB])?|[bB])?$'

const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` })
const object = (properties: Record<string, Schema>, more: Partial<Schema> = {}): Schema => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
})
const oneOrMore = (items: Schema, description: string): Schema => ({
  description,
  anyOf: [items, { type: 'array', items, minItems: 1, uniqueItems: true }],
})
const text = (description: string): Schema => ({ description, type: 'string', minLength: 1, maxLength: 4096 })

const NAME = text('What it is called in output; default: its path')
const PATHS = oneOrMore(
  { type: 'string', minLength: 1, maxLength: 4096 },
  'A path from the top of the tree, or a pattern',
)
const COLUMNS = oneOrMore({ type: 'string', minLength: 1 }, 'Names of columns')

export const DEFINITIONS: Readonly<Record<string, Schema>> = {
  range: {
    description: 'Exactly so many, or from min to max',
    anyOf: [
      { type: 'integer', minimum: 0 },
      object(
        { min: { type: 'integer', minimum: 0 }, max: { type: 'integer', minimum: 0 } },
        { minProperties: 1 },
      ),
    ],
  },
  bytes: {
    description: "Bytes: 1024, '4 KiB', '2 GB'",
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: BYTES },
    ],
  },
  byteRange: object({ min: ref('bytes'), max: ref('bytes') }, { minProperties: 1 }),
  limit: {
    description: "At most so many, or at most that share of the rows: 0, '5%'",
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: SHARE },
    ],
  },
  share: { description: "A share: '5%'", type: 'string', pattern: SHARE },
  span: { description: "A span of time: '12h', '30d', '2w'", type: 'string', pattern: SPAN },
  bound: {
    description: "A number, or a date or time: '2026-01-31'",
    anyOf: [
      { type: 'number' },
      { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,6})?)?Z?)?$' },
    ],
  },
  against: {
    description: 'What drift is measured against: parent, a revision, or the last N commits',
    anyOf: [
      { type: 'string', minLength: 1, maxLength: 1000 },
      object({ last: { type: 'integer', minimum: 1, maximum: 1000 } }, { required: ['last'] }),
    ],
  },
  file: object(
    {
      name: NAME,
      path: PATHS,
      where: text('Only files this is true for: "line = \'AICS-23\'"'),
      count: { ...ref('range'), description: 'How many there are; default: at least one' },
      size: { ...ref('byteRange'), description: 'Bytes of each' },
      total: { ...ref('byteRange'), description: 'Bytes of all together' },
      metadata: oneOrMore({ type: 'string', minLength: 1 }, 'Keys that each must have'),
      fresh: { ...ref('span'), description: 'How long ago the last change may be' },
      image: object(
        {
          format: oneOrMore(
            { type: 'string', enum: ['png', 'jpeg', 'tiff', 'ome-tiff', 'npy'] },
            'What it is',
          ),
          type: oneOrMore({ type: 'string', minLength: 1 }, 'Type of samples: uint8, uint16, float32'),
          shape: {
            description: 'All extents, the slowest first: [512, 512], [512, 512, 3]',
            type: 'array',
            items: { type: 'integer', minimum: 0 },
            minItems: 1,
            maxItems: 32,
          },
          width: ref('range'),
          height: ref('range'),
          planes: ref('range'),
        },
        { description: 'What each image is', minProperties: 1 },
      ),
    },
    { required: ['path'] },
  ),
  column: object(
    {
      required: { description: 'Whether it must be there; default: true', type: 'boolean' },
      type: {
        description: 'What each value is',
        type: 'string',
        enum: ['integer', 'number', 'boolean', 'date', 'timestamp', 'string'],
      },
      nulls: { ...ref('limit'), description: 'Rows without a value' },
      unique: { description: 'Whether no value may stand twice', type: 'boolean' },
      min: ref('bound'),
      max: ref('bound'),
      pattern: {
        description: 'A regular expression (RE2) that the whole text of each value matches',
        type: 'string',
        minLength: 1,
        maxLength: 1000,
      },
      values: {
        description: 'All values there may be',
        type: 'array',
        items: { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
        minItems: 1,
        maxItems: ITEMS_MAX,
      },
      fresh: { ...ref('span'), description: 'How old the latest may be when it is committed' },
    },
    { description: 'Rules of a column' },
  ),
  driftColumn: object(
    {
      psi: {
        description: 'The largest population stability index; 0.1 is little, 0.25 much',
        type: 'number',
        minimum: 0,
      },
      ks: { description: 'The largest Kolmogorov-Smirnov statistic', type: 'number', minimum: 0, maximum: 1 },
      quantiles: {
        description: "How far quantiles may move: {0.5: '10%', 0.99: 3}",
        type: 'object',
        additionalProperties: { anyOf: [{ type: 'number', minimum: 0 }, ref('share')] },
        minProperties: 1,
      },
      nulls: {
        ...ref('share'),
        description: 'By how many points the share of rows without a value may grow',
      },
      categories: { description: 'How many new values there may be', type: 'integer', minimum: 0 },
    },
    { minProperties: 1 },
  ),
  table: object(
    {
      name: NAME,
      path: PATHS,
      rows: { ...ref('range'), description: 'How many rows it has' },
      columns: {
        description: 'Rules by column',
        type: 'object',
        additionalProperties: { anyOf: [ref('column'), { type: 'null' }] },
        minProperties: 1,
      },
      others: { description: 'Whether there may be other columns; default: true', type: 'boolean' },
      unique: {
        description: 'Sets of columns that no two rows have the same values in',
        type: 'array',
        items: { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
        minItems: 1,
      },
      references: {
        description: 'Columns whose values stand in another file',
        type: 'array',
        items: object(
          { columns: COLUMNS, path: text('The other file'), to: COLUMNS },
          { required: ['columns', 'path'] },
        ),
        minItems: 1,
      },
      drift: object(
        {
          against: ref('against'),
          rows: { ...ref('share'), description: 'By how much the number of rows may change' },
          columns: {
            description: "By column; '*' is all that are not named",
            type: 'object',
            additionalProperties: ref('driftColumn'),
            minProperties: 1,
          },
        },
        { description: 'How like its reference it must be', minProperties: 1 },
      ),
    },
    { required: ['path'] },
  ),
  query: object(
    {
      name: text('What it means that no row is returned'),
      sql: {
        description: 'A query, as of dv query; each row that it returns is a finding',
        type: 'string',
        minLength: 1,
        maxLength: 100_000,
      },
    },
    { required: ['name', 'sql'] },
  ),
}

const list = (name: string, description: string): Schema => ({
  description,
  type: 'array',
  items: ref(name),
  maxItems: ITEMS_MAX,
})

export const RULES_SCHEMA: Schema = object(
  {
    version: { description: 'The version of this format', type: 'integer', enum: [1] },
    gate: {
      description: 'Verbs that a failed check stops',
      type: 'array',
      items: { type: 'string', enum: ['commit', 'merge', 'push'] },
      uniqueItems: true,
    },
    against: ref('against'),
    files: list('file', 'Files of the tree, by pattern'),
    tables: list('table', 'Table files, row by row'),
    queries: list('query', 'SQL that must return no rows'),
  },
  { required: ['version'] },
)

/** The document that is published. */
export function schemaDocument(): Record<string, unknown> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'dv.checks.yaml',
    description: 'Rules that versions of data are held against by dv check (spec/25-checks.md)',
    ...RULES_SCHEMA,
    definitions: DEFINITIONS,
  }
}
