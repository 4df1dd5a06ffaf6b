// Text from users, files and servers: names, addresses, patterns, lines, headers.
import { parseSize } from '../../../src/base/index.js'
import { decodeLock, encodeLock } from '../../../src/lockfile/index.js'
import { parseLine } from '../../../src/edit/parse-line.js'
import { readLines } from '../../../src/edit/index.js'
import { boundsOf, entryRow, metadataKeys, parseExpression, valueOf } from '../../../src/expression/index.js'
import { assertNoCollisions, checkTreePath, quotePath, whyNever } from '../../../src/files/index.js'
import {
  formatAddress,
  formatRange,
  formatRevision,
  INPUTS_KEY,
  inputsIn,
  isRange,
  parseAddress,
  parseElsewhere,
  parseRange,
} from '../../../src/history/index.js'
import { parseRef, refFromKey, refKey, shortRefName, validateRefName } from '../../../src/refs/index.js'
import { parseOperationId, parseRemoteUrl, redactArguments } from '../../../src/repo/index.js'
import { readRanges } from '../../../src/server/ranges.js'
import { formatTarget, readTarget } from '../../../src/server/target.js'
import { parseLocation } from '../../../src/storage/index.js'
import { checkName, checkPrefix } from '../../../src/storage/names.js'
import { readSettings } from '../../../src/storage/s3/settings.js'
import { isFound } from '../../../src/storage/web/answers.js'
import { totalOf } from '../../../src/storage/web/bodies.js'
import { compilePathspec, compileSparse, rootIgnoreScope } from '../../../src/workspace/index.js'
import type { Target } from './index.js'

/** A target whose inputs are text; bytes that are not UTF-8 become U+FFFD. */
function textTarget(
  name: string,
  seeds: readonly string[],
  parse: (text: string) => unknown,
  more: Partial<Target> = {},
): Target {
  const bytes = seeds.map((text) => Buffer.from(text))
  return { name, seeds: bytes, parse: (input) => parse(input.toString('utf8')), longest: 1024, ...more }
}

/** Throws unless the law holds: a finding. */
function must(holds: boolean, law: string): void {
  if (!holds) throw new Error(law)
}

const PATHS = ['a', 'data/a.csv', 'data/sub/b.parquet', 'x'.repeat(200), 'räume/ä b', `${'d/'.repeat(20)}e`]
const PATH = 'plates/p35/A01.tif'
const ROW = entryRow(
  PATH,
  { kind: 'symlink', target: 'x' },
  new Map([
    ['plate', { type: 'int64', value: 35n }],
    ['tags', { type: 'list', value: [{ type: 'string', value: 'ctrl' }] }],
  ]),
)
const EXPRESSIONS = [
  "line = 'AICS-23' AND plate > 35",
  "path LIKE 'plates/p3%' OR directory = 'plates/p35'",
  `NOT ("cell line" IS NULL OR 'ctrl' IN tags) AND name ILIKE 'a!_%' ESCAPE '!'`,
  "plate NOT BETWEEN -1 AND 3.5e2 AND kind IN ('file', 'symlink') AND meta.size <> NULL",
  "when >= DATE '2026-01-31T12:00:00.5+02:00'",
]
const LINES = [
  '{"op":"put","path":"a/b","data":"text","meta":{"k":1,"l":["x",{"int64":"-5"}]},"expect":null}',
  `{"op":"put","path":"a","base64":"AAE=","executable":true,"expect":"${'ab'.repeat(32)}"}`,
  '{"op":"put","path":"a","from":"file.csv"}',
  '{"op":"symlink","path":"l","target":"a","meta":{"d":{"date":"2026-01-31T12:00:00Z"}}}',
  '{"op":"delete","path":"a","missingOk":true}',
  '{"op":"delete","pattern":"*.csv"}',
  '{"op":"meta","path":"a","set":{"f":{"float64":1}},"unset":["k"]}',
]
const ADDRESSES = [
  'main:data/a.csv',
  'origin@v1:data',
  'dv://origin@v1/data',
  'C:\\data@main:x',
  's3://b/p@main:d',
]
const PIN = `"store":"${'0a'.repeat(16)}","revision":"main","commit":"${'0b'.repeat(32)}"`
const LOCKS = [
  `{"dv.lock":1}\n{"name":"a","url":"s3://lab/a",${PIN},"into":"data/a"}\n`,
  `{"dv.lock":1}\n{"name":"b","url":"../b","settings":{"endpoint":"https://h:9000","region":"r"},${PIN},"into":"b"}\n`,
  `{"dv.lock":1}\n{"name":"c","url":"https://h/c",${PIN},"path":"x/*.csv","where":"plate > 35","into":"in/c"}\n`,
]
const INPUTS = [`{"url":"s3://lab/a",${PIN},"path":"a.csv","where":"size > 1","id":"${'0c'.repeat(32)}"}`]
const WEB = { name: 'packs/p', location: 'http://h', url: new URL('http://h/'), accepted: [200, 206, 416] }

export const textTargets: readonly Target[] = [
  textTarget('ref-name', ['refs/heads/feature/x', 'refs/remotes/origin/main', 'refs/tags/v1'], (text) => {
    const key = refKey(text)
    must(refFromKey(key) === text, 'a ref is found by its key')
    must(parseRef(text).name === validateRefName(parseRef(text).name), 'a name of a ref is one')
    shortRefName(text)
  }),
  textTarget('ref-key', ['refs/heads/feature%2fx', 'refs/remotes/o/main', 'refs/heads/%63on'], (text) => {
    const ref = refFromKey(text)
    if (ref !== undefined) must(refKey(ref) === text, 'a key is that of its ref')
    parseOperationId(text)
  }),
  textTarget('object-name', ['packs/00', 'refs/heads/a%2fb', 'segments/ff'], (text) => {
    must(!checkName(text).split('/').includes('..'), 'no name leads up')
    checkPrefix(text)
  }),
  textTarget('revision', ['main~2^3', 'HEAD@{1}', '@{-1}', 'v1^{}', 'a..b', 'a...b', '@'], (text) => {
    const parsed = parseRange(text)
    const again = isRange(parsed) ? formatRange(parsed) : formatRevision(parsed)
    must(JSON.stringify(parseRange(again)) === JSON.stringify(parsed), 'what is written is what was read')
  }),
  textTarget('expression', EXPRESSIONS, (text) => {
    const expression = parseExpression(text)
    const value = valueOf(expression, ROW)
    const isMeant = value?.type === 'boolean' && value.value
    const bounds = boundsOf(expression)
    const holds = bounds?.some((bound) => (bound.isWhole ? PATH === bound.text : PATH.startsWith(bound.text)))
    must(!isMeant || !bounds || holds === true, 'what is meant lies within the bounds')
    metadataKeys(expression)
  }),
  textTarget('address', ADDRESSES, (text) => {
    const address = parseAddress(text)
    for (const form of ['short', 'url'] as const)
      must(
        JSON.stringify(parseAddress(formatAddress(address, form))) === JSON.stringify(address),
        'what is written is what was read',
      )
  }),
  textTarget('elsewhere', ['origin@main', 's3://bucket/p@v1', 'dv://o@v1', '/folder@a..b'], parseElsewhere),
  textTarget(
    'location',
    ['s3://bucket/a/b', 'file:///a/b', 'https://host:1/p?q', '/folder', 'http://u:p@h'],
    (text) => {
      must(!/:\/\/[^/]*:hunter2@/.test(parseRemoteUrl(text).url), 'no password is kept')
      redactArguments([text])
      parseLocation(text)
    },
  ),
  textTarget('setting', ['https://h:9000', 'http://[::1]:9'], (text) => {
    readSettings({ endpoint: text, 'path-style': 'true' }, {})
    parseSize(text)
  }),
  textTarget(
    'tree-path',
    ['data/a.csv', '.dv/x', 'a/../b', 'GIT~1', 'a:b', 'con.txt', '.g\u200cit'],
    (text) => {
      must((whyNever(text) === undefined) === passes(() => checkTreePath(text, 'linux')), 'both rules agree')
      quotePath(text)
      passes(() => checkTreePath(text, 'win32'))
      const paths = text.split('\n').filter((path) => whyNever(path) === undefined)
      passes(() => assertNoCollisions(paths, { caseInsensitive: true, normalizes: true }))
    },
  ),
  textTarget('ignore-file', ['*.pyc\n!keep\n/build/\n**/a\n[a-c]?d\n\\#x\n', 'a/**/b\n*~\n'], (text) => {
    const scope = rootIgnoreScope(text)
    for (const path of PATHS) scope.ignores(path.split('/').at(-1)!, false)
    scope.enter('data', text).ignores('a.csv', true)
  }),
  textTarget('pathspec', ['*.csv', 'data/**', '!a', 'a/{b,c}/[d-f]?', '+(a|b).txt', '{1..3}'], (text) => {
    const filter = compilePathspec(text.split('\n'))
    for (const path of PATHS) filter.matches(path)
    filter.couldMatchBelow('data/sub')
  }),
  textTarget('sparse-list', ['data/**\n!data/b\nx', '!a\nb'], (text) => {
    const filter = compileSparse(text.split('\n'))
    for (const path of PATHS) filter.matches(path)
    filter.couldMatchBelow('data/sub')
  }),
  textTarget('apply-line', LINES, (text) => parseLine(text, 1), { isJson: true, longest: 4096 }),
  {
    name: 'apply-lines',
    seeds: [Buffer.from(LINES.join('\n'))],
    async parse(bytes) {
      const parts = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)]
      for await (const batch of readLines(eachOf(parts))) must(batch.length > 0, 'no batch is empty')
    },
  },
  textTarget(
    'lock-file',
    LOCKS,
    (text) => {
      const pins = decodeLock(Buffer.from(text), 'dv.lock')
      const written = encodeLock(pins)
      must(encodeLock(decodeLock(written, 'dv.lock')).equals(written), 'what is written is read again')
      const isInside = (into: string) => !/^[\\/]|\\|^[a-z]:/i.test(into) && !into.split('/').includes('..')
      must(
        pins.every(({ into }) => isInside(into)),
        'no folder leads away',
      )
      must(!pins.some(({ url }) => /:\/\/.*[@?#]/.test(url)), 'no secret is in an address')
    },
    { longest: 4096 },
  ),
  textTarget('input-text', INPUTS, (text) => {
    const inputs = inputsIn(
      new Map([[INPUTS_KEY, { type: 'list', value: [{ type: 'string', value: text }] }]]),
    )
    must(
      inputs.every(({ commit }) => /^[0-9a-f]{64}$/.test(commit)),
      'what an input names is a commit',
    )
  }),
  textTarget('request-path', ['/main/data/a.csv', '/a%2Fb/x%20y/', '/?x'], (text) => {
    const segments = readTarget(text)
    must(JSON.stringify(readTarget(formatTarget(segments))) === JSON.stringify(segments), 'it comes back')
  }),
  textTarget('range-header', ['bytes=0-5', 'bytes=-3,7-', 'bytes = 1-2'], (text) => {
    const ranges = readRanges(text, 1000)
    if (typeof ranges === 'string') return
    must(
      ranges.every((r) => r.offset >= 0 && r.length > 0 && r.offset + r.length <= 1000),
      'all is inside',
    )
  }),
  textTarget(
    'web-answer',
    [
      '{"statusCode":206,"headers":{"content-range":"bytes 0-5/10","content-length":"6"}}',
      '{"statusCode":429,"headers":{"retry-after":"7","content-type":"text/html"}}',
    ],
    (text) => {
      const answer = parsed(text)
      if (!isFound(answer, WEB)) return
      const total = totalOf(answer)
      must(total === undefined || typeof total === 'number', 'a total is a number')
    },
  ),
]

/** Headers are texts whatever a server does, and a status is a number: that much Node sees to. */
function parsed(text: string): never {
  const fields = tryParse(text)
  const headers = Object.entries(Object(fields['headers'])).map(([name, value]) => [name, String(value)])
  return { statusCode: Number(fields['statusCode']), headers: Object.fromEntries(headers) } as never
}

function tryParse(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>
  } catch {
    return {}
  }
}

function passes(check: () => void): boolean {
  try {
    check()
    return true
  } catch (error) {
    if ((error as Error).name !== 'DvError') throw error
    return false
  }
}

async function* eachOf(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}
