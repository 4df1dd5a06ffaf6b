// The room table (CONTRIBUTING.md) as a test: who may import whom. A new arrow is a reviewed change of this table.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import ts from 'typescript'

/** Rooms by level, lowest first. A room may import rooms of lower levels, and only those listed here. */
const LEVELS: Record<string, string[]>[] = [
  { base: [] },
  { hash: ['base'], chunker: ['base'], attributes: ['base'] },
  { codec: ['base', 'hash'], storage: ['base', 'hash'], files: ['base'], images: ['base'] },
  {
    sql: ['base', 'files'],
    objects: ['base', 'hash', 'codec'],
    pack: ['base', 'hash', 'codec', 'storage'],
    refs: ['base', 'hash', 'codec', 'storage'],
  },
  {
    index: ['base', 'hash', 'codec', 'storage', 'pack'],
    recipe: ['base', 'hash', 'codec', 'objects'],
    expression: ['base', 'hash', 'objects'],
    tables: ['base', 'attributes', 'codec', 'sql'],
  },
  {
    manifest: ['base', 'hash', 'codec', 'objects', 'recipe'],
    profile: ['base', 'sql', 'tables'],
  },
  { store: ['base', 'hash', 'codec', 'storage', 'objects', 'pack', 'refs', 'index'] },
  {
    content: ['base', 'hash', 'codec', 'chunker', 'storage', 'files', 'objects', 'index', 'recipe', 'store'],
    history: ['base', 'hash', 'objects', 'refs', 'manifest', 'store'],
  },
  {
    repo: [
      'base',
      'hash',
      'codec',
      'chunker',
      'storage',
      'objects',
      'refs',
      'manifest',
      'store',
      'content',
      'history',
    ],
  },
  { diff: ['base', 'hash', 'objects', 'recipe', 'manifest', 'store', 'content', 'history', 'repo'] },
  {
    query: [
      'base',
      'attributes',
      'hash',
      'codec',
      'files',
      'sql',
      'objects',
      'tables',
      'manifest',
      'store',
      'history',
    ],
    search: [
      'base',
      'hash',
      'codec',
      'files',
      'expression',
      'objects',
      'recipe',
      'manifest',
      'store',
      'content',
      'history',
    ],
    merge: [
      ...[
        'base',
        'attributes',
        'hash',
        'objects',
        'recipe',
        'tables',
        'manifest',
        'store',
        'content',
        'history',
        'repo',
      ],
      'diff',
    ],
    workspace: [
      'base',
      'hash',
      'codec',
      'files',
      'objects',
      'recipe',
      'manifest',
      'store',
      'content',
      'repo',
      'diff',
    ],
    edit: ['base', 'hash', 'chunker', 'files', 'objects', 'manifest', 'store', 'content'],
    transfer: [
      ...[
        'base',
        'hash',
        'codec',
        'storage',
        'objects',
        'pack',
        'refs',
        'index',
        'recipe',
        'manifest',
        'store',
      ],
      ...['history', 'repo'],
    ],
  },
  {
    metadata: ['base', 'hash', 'sql', 'objects', 'tables', 'manifest', 'store', 'edit'],
    lockfile: ['base', 'hash', 'files', 'expression', 'history', 'repo', 'workspace'],
    maintenance: [
      ...[
        'base',
        'hash',
        'codec',
        'storage',
        'objects',
        'pack',
        'refs',
        'index',
        'recipe',
        'manifest',
        'store',
      ],
      ...['content', 'history', 'repo', 'transfer'],
    ],
  },
  { checks: ['base', 'expression', 'sql', 'objects', 'tables', 'images', 'profile'] },
  {
    api: [
      ...[
        'base',
        'attributes',
        'hash',
        'codec',
        'chunker',
        'storage',
        'files',
        'objects',
        'refs',
        'recipe',
        'manifest',
        'store',
      ],
      ...[
        'content',
        'history',
        'repo',
        'diff',
        'query',
        'search',
        'merge',
        'workspace',
        'edit',
        'metadata',
        'lockfile',
        'transfer',
        'maintenance',
        'expression',
        'sql',
        'tables',
        'images',
        'checks',
        'profile',
      ],
    ],
  },
  { server: ['base', 'api'] },
  { cli: ['base', 'api', 'server'] },
]

/** Arrows that go up, types only, each with its reason. */
const TYPES_ONLY: Record<string, string> = {
  'manifest -> store': 'it reads and writes through the ObjectReader and ObjectWriter types of the store',
  'recipe -> store': 'it reads and writes through the ObjectReader and ObjectWriter types of the store',
}

/** Files of src that belong to no room. */
const OUTSIDE = new Set(['index.ts'])

const allowed = new Map(LEVELS.flatMap((level) => Object.entries(level)))
const levelOf = new Map(LEVELS.flatMap((level, i) => Object.keys(level).map((room) => [room, i] as const)))

test('the table itself only points down', (t) => {
  for (const [room, others] of allowed) {
    for (const other of others)
      t.true(levelOf.get(other)! < levelOf.get(room)!, `${room} -> ${other} does not go down`)
  }
})

test('every folder of src is a room of the table', (t) => {
  const folders = fs.readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const { name } of folders)
    t.true(allowed.has(name), `src/${name} is no room: name it in test/rooms.test.ts`)
})

test('rooms import only the rooms they may, and only through their doors', (t) => {
  const reasons = sourceFiles('src').flatMap(wrongImports)
  t.deepEqual(reasons, [], reasons.join('\n'))
})

test('every room that has files has a door with a note at its head', (t) => {
  for (const room of allowed.keys()) {
    const files = sourceFiles(`src/${room}`)
    // A room whose only file is a port of types is not built yet.
    if (files.length < 2) continue
    const door = `src/${room}/index.ts`
    t.true(fs.existsSync(door), `${door} is missing`)
    t.true(
      /^(\/\/|\/\*)/.test(fs.readFileSync(door, 'utf8')),
      `${door} does not begin with a comment on what it knows`,
    )
  }
})

function sourceFiles(directory: string): string[] {
  if (!fs.existsSync(directory)) return []
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.includes(path.join('chunker', 'assembly')))
}

function wrongImports(file: string): string[] {
  const room = roomOf(file)
  if (room === undefined) return []
  const text = fs.readFileSync(file, 'utf8')
  const { importedFiles } = ts.preProcessFile(text, true, true)
  return importedFiles.flatMap(({ fileName, pos }) => {
    if (!fileName.startsWith('.')) return []
    const target = path.normalize(path.join(path.dirname(file), fileName))
    const reason = wrong(room, target, text, pos)
    return reason === undefined ? [] : [`${file} imports ${fileName}: ${reason}`]
  })
}

function wrong(room: string, target: string, text: string, pos: number): string | undefined {
  if (!target.startsWith(`src${path.sep}`)) return 'it leaves src'
  const other = roomOf(target)
  if (other === room) return undefined
  if (other === undefined) return 'what lies beside the rooms is for users of the package, not for rooms'
  const arrow = `${room} -> ${other}`
  if (TYPES_ONLY[arrow])
    return isTypeImport(text, pos) ? undefined : `${arrow} may carry types only (${TYPES_ONLY[arrow]})`
  if (!allowed.get(room)?.includes(other)) return reasonAgainst(room, other)
  const door = path.join('src', other, 'index.js')
  return target === door ? undefined : `the only door of ${other} is ${door}`
}

function reasonAgainst(room: string, other: string): string {
  const [from, to] = [levelOf.get(room), levelOf.get(other)]
  if (to === undefined || from === undefined) return `${other} is no room of the table`
  if (to > from) return `${room} (level ${from}) must not know ${other} (level ${to}) above it`
  if (to === from) return `${room} and ${other} stand side by side and must not know each other`
  return `${room} -> ${other} is not in the table of test/rooms.test.ts`
}

function roomOf(file: string): string | undefined {
  const parts = file.split(path.sep)
  return parts[0] === 'src' && parts.length > 2 && !OUTSIDE.has(parts[1]!) ? parts[1] : undefined
}

/** Whether the import whose file name stands at `pos` is an `import type` or `export type`. */
function isTypeImport(text: string, pos: number): boolean {
  const before = text.slice(0, pos)
  const start = Math.max(before.lastIndexOf('import'), before.lastIndexOf('export'))
  return /^(import|export)\s+type\b/.test(before.slice(start))
}
