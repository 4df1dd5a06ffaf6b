// Writes spec/vectors/lock.json. Run by hand after a build: node test/vectors/generate-lock.mjs
import fs from 'node:fs'
import { INPUTS_KEY, inputsIn } from '../../build/src/history/index.js'
import { decodeLock, encodeLock } from '../../build/src/lockfile/index.js'

const ID = '7c69c58196b76ef6829772db6148dc2e41e4fd56d3e4c609b2bf7b6bd31f3128'
const STORE = '00112233445566778899aabbccddeeff'
const HEADER = '{"dv.lock":1}\n'
const plain = {
  ...{ name: 'plates', url: 's3://lab/plates', store: STORE, revision: 'main', commit: ID },
  into: 'data/plates',
}
const line = (changes) => `${JSON.stringify({ ...plain, ...changes })}\n`
const full = {
  ...{
    name: 'b-2.x_',
    url: '../räume/x',
    settings: { 'path-style': 'true', endpoint: 'https://h:9000' },
    store: STORE,
  },
  ...{
    revision: 'feature/x~2',
    commit: ID,
    path: 'tables/**/*.csv',
    where: "line = 'A' AND plate > 35",
    into: 'in/ä b',
  },
}

const sound = [
  ['nothing', HEADER],
  ['a pin', HEADER + line()],
  ['all fields', `${HEADER}${JSON.stringify(full)}\n`],
  [
    'lines in another order',
    HEADER + line({ name: 'z', into: 'z' }) + line({ name: 'B', into: 'b' }) + line({ name: 'a', into: 'a' }),
  ],
  [
    'white space, another order of fields, a carriage return',
    `{ "dv.lock" : 1 }\r\n\r\n{"into":"x","commit":"${ID}", "revision":"v1","store":"${STORE}","url":"https://h/p","name":"x"}\r\n`,
  ],
  ['an escape that is not wanted', HEADER + line({ url: '/d\u00e9p\u00f4t' }).replace('é', '\\u00e9')],
  [
    'a folder beside a longer name',
    HEADER + line({ into: 'data/a' }) + line({ name: 'b', into: 'data/a-b' }),
  ],
  [
    'HEAD of a detached store, a file',
    HEADER + line({ url: 'file:///a/b', revision: 'HEAD', path: 'a/b.csv' }),
  ],
]
const bad = (name, text, atLine, code = 'DV_BAD_LOCK_FILE') => ({
  name,
  text,
  code,
  ...(atLine && { line: atLine }),
})
const refused = [
  bad('empty', '', 1),
  bad('a package manager’s', '{"lockfileVersion":3}\n', 1),
  bad('a newer one', '{"dv.lock":2}\n', undefined, 'DV_NEWER_FORMAT'),
  bad('a line that is no object', `${HEADER}[]\n`, 2),
  bad('a line cut off', HEADER + line().slice(0, -20), 2),
  bad('marks of a merge', `${HEADER}<<<<<<< ours\n${line()}=======\n${line()}>>>>>>> theirs\n`, 2),
  bad('a field nobody knows', HEADER + line({ run: 'x' }), 2),
  bad('no commit', HEADER + line({ commit: undefined }), 2),
  bad('a number for a name', HEADER + line({ name: 7 }), 2),
  bad('null for a path', HEADER + line({ path: null }), 2),
  bad('a beginning of an id', HEADER + line({ commit: ID.slice(0, 10) }), 2),
  bad('a store that is none', HEADER + line({ store: 'x' }), 2),
  bad('a name that leads away', HEADER + line({ name: '../x' }), 2),
  bad('a name that begins with a dot', HEADER + line({ name: '.x' }), 2),
  ...[
    '../x',
    '/x',
    'a/../../x',
    'a//b',
    '',
    '.',
    '.dv',
    'a/.DV/b',
    '.git/hooks',
    'a\\..\\b',
    'a\u0000b',
    `${'x'.repeat(300)}`,
  ].map((into) => bad(`into ${JSON.stringify(into).slice(0, 30)}`, HEADER + line({ into }), 2)),
  ...['../x', '/x', 'a/../b', '.git/x'].map((path) => bad(`path ${path}`, HEADER + line({ path }), 2)),
  ...[
    'https://ada:pw@h/x',
    's3://key@bucket/x',
    'https://h/x?sig=1',
    'https://h/x#y',
    'ftp://h/x',
    '',
    ' ',
    'a\nb',
    'https://h:x/',
  ].map((url) => bad(`url ${JSON.stringify(url)}`, HEADER + line({ url }), 2)),
  bad('an endpoint with a password', HEADER + line({ settings: { endpoint: 'https://a:b@h' } }), 2),
  bad('a profile', HEADER + line({ settings: { profile: 'ada' } }), 2),
  bad('no settings', HEADER + line({ settings: {} }), 2),
  bad('a setting that is no text', HEADER + line({ settings: { 'path-style': true } }), 2),
  bad('a range', HEADER + line({ revision: 'a..b' }), 2),
  bad('no expression', HEADER + line({ where: 'plate >' }), 2),
  bad('two of a name', HEADER + line() + line({ name: 'Plates', into: 'x' })),
  bad('two in a folder', HEADER + line() + line({ name: 'x', into: 'Data/Plates' })),
  bad('a folder in another', HEADER + line() + line({ name: 'x', into: 'data/plates/x' })),
]

for (const { name, text, code } of refused) {
  let found = 'read'
  try {
    decodeLock(Buffer.from(text), 'dv.lock')
  } catch (error) {
    found = error.code
  }
  if (found !== code) throw new Error(`${name}: ${found}`)
}
const INPUT = { url: 's3://lab/plates', commit: ID }
const inputs = [
  JSON.stringify(INPUT),
  JSON.stringify({ ...INPUT, id: ID, store: STORE, revision: 'v2', path: 'ä b.csv', where: 'plate > 35' }),
  JSON.stringify({ ...INPUT, store: 'x', id: 7, path: null, run: 'x' }),
  JSON.stringify({ ...INPUT, commit: 'ab' }),
  JSON.stringify({ commit: ID }),
  'null',
  '{"url":',
  '[]',
].map((text) => ({
  text,
  read: inputsIn(new Map([[INPUTS_KEY, { type: 'list', value: [{ type: 'string', value: text }] }]])),
}))
const vectors = {
  about:
    'spec/27-dependencies.md: texts that are lock files, with their canonical text, and texts that are refused; of each text of dv.inputs what it says',
  sound: sound.map(([name, text]) => ({
    name,
    text,
    canonical: encodeLock(decodeLock(Buffer.from(text), 'dv.lock')).toString(),
  })),
  refused,
  inputs,
}
fs.writeFileSync('spec/vectors/lock.json', `${JSON.stringify(vectors, undefined, 1)}\n`)
