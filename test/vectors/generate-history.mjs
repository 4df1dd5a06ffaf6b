// Writes spec/vectors/revisions.json and addresses.json from the built code: node test/vectors/generate-history.mjs BUILD
import fs from 'node:fs'
import path from 'node:path'

const build = path.resolve(process.argv[2] ?? 'build')
const {
  parseRevision,
  formatRevision,
  parseRange,
  formatRange,
  parseAddress,
  parseElsewhere,
  formatAddress,
} = await import(path.join(build, 'src/history/index.js'))

const id = '0123456789abcdef'.repeat(4)
const revisions = [
  'main',
  'v1.0',
  'origin/main',
  'feature/labels',
  'refs/heads/main',
  'b5311c0',
  id,
  'HEAD',
  '@',
  'é',
  'a@b',
  'a{b}',
  '%41',
  '@{0}',
  '@{3}',
  'HEAD@{2}',
  'main@{1}',
  'origin/main@{10}',
  '@{-1}',
  '@{-2}~1',
  'main~',
  'main~1',
  'main~0',
  'main~12',
  'main^',
  'main^1',
  'main^2',
  'main^0',
  'v1^{}',
  'main~2^2~1',
  '@~3',
  '@^2',
  '@{1}^',
  'main~^^^',
  'x~1000000',
]
const ranges = [
  'main..dev',
  'main...dev',
  '..dev',
  'main..',
  '...dev',
  'v1.0..v1.1',
  'main~2..@{1}',
  'a/b..c/d^2',
]
const refusedRevisions = [
  '',
  '..',
  '...',
  'a....b',
  'a..b..c',
  ' ',
  'a b',
  'a:b',
  '-x',
  '^main',
  '~1',
  'main~x',
  'main^{',
  'main^{commit}',
  'main@{',
  'main@{yesterday}',
  '@{-0}',
  'main@{-1}',
  'a*',
  'a?',
  'a[0]',
  'a\\b',
  'a\u0000',
  'a\n',
  'main~1000001',
  'main~99999999999999999999',
  'main@{1}@{2}',
  '@@{1}',
]
const addresses = [
  ':x',
  'origin@:x',
  'dv://origin@/x',
  'main:a.csv',
  'main:',
  'main:data/',
  'main:./a',
  'HEAD~2:data/a b.csv',
  '@:x',
  '@{1}:x',
  'main@{1}:x',
  'v1:a@b.txt',
  'v1:a:b',
  'feature/x:dir/file',
  'feat%402:x',
  '50%25:x',
  'main:100%.txt',
  'origin@main:x',
  'origin@@:x',
  'origin@@{1}:x',
  'origin@feat@2:x',
  '../other@main:x',
  '/data/store@main:x',
  '/data/a%40b@main:x',
  'C:\\data@main:x',
  'C:/data@main:a\\b',
  '%43:\\odd',
  's3://bucket/prefix@main:x',
  'https://host:8080/data@v1:x',
  'file:///data@main:x',
  'dv://origin@main/x',
  'dv://@main/x',
  'dv://@main',
  'dv://origin@feature%2Fx/dir/a%20b',
  'dv:///data/store@main/x',
  'dv://C:%5Cdata@main/x',
  'dv://s3://bucket/prefix@main/x',
  'dv://origin@%40%7B1%7D/x',
  'dv://origin@v1/a%23b%3Fc%25',
]
const refusedAddresses = [
  'main',
  '',
  'main:/x',
  'main:a//b',
  'main:../x',
  'main:a/../b',
  'main:a/./b',
  'main:a\u0000',
  'a b:x',
  '%:x',
  '%ff:x',
  'C:\\data',
  's3://bucket/prefix',
  'https://user:pw@host/x@main:a',
  'dv://main/x',
  'dv://origin@main/x?y',
  'dv://origin@main/x#y',
  'dv://origin@main/%zz',
  'dv://',
]

const elsewhere = [
  'origin@main',
  'origin@',
  'origin@v1..v2',
  'origin@@{1}',
  'origin@feat@2',
  '../other@main~2',
  '/data/a%40b@main',
  'C:\\data@main',
  's3://bucket/prefix',
  's3://bucket/prefix@',
  's3://bucket/prefix@v1...main',
  'https://host:8080/data',
  'https://host:8080/data@v1',
  'file:///data',
  'dv://origin@main',
  'dv://origin@feature%2Fx/',
]
const notElsewhere = [
  'main',
  '@',
  '@{1}',
  'main@{1}',
  'origin@main:x',
  'C:\\data',
  'a/b.csv',
  's3://bucket/prefix@main:x',
  'dv://origin@main/x',
  'dv://@main',
]

const code = (parse, text) => {
  try {
    parse(text)
  } catch (error) {
    return { text, code: error.code }
  }
  throw new Error(`'${text}' is not refused`)
}

write('revisions', {
  revisions: revisions.map((text) => ({
    text,
    canonical: formatRevision(parseRevision(text)),
    data: parseRevision(text),
  })),
  ranges: ranges.map((text) => ({ text, canonical: formatRange(parseRange(text)), data: parseRange(text) })),
  refused: refusedRevisions.map((text) => code(parseRange, text)),
})
write('addresses', {
  addresses: addresses.map((text) => {
    const data = parseAddress(text)
    return { text, short: formatAddress(data), url: formatAddress(data, 'url'), data }
  }),
  refused: refusedAddresses.map((text) => code(parseAddress, text)),
  elsewhere: elsewhere.map((text) => ({ text, data: parseElsewhere(text) })),
  notElsewhere: notElsewhere.map((text) => {
    if (parseElsewhere(text)) throw new Error(`'${text}' is of another repository`)
    return { text }
  }),
})

function write(name, value) {
  const body = Object.entries(value).map(([key, list]) => {
    const lines = list.map((item) => `    ${JSON.stringify(item)}`).join(',\n')
    return `  ${JSON.stringify(key)}: [\n${lines}\n  ]`
  })
  fs.writeFileSync(`spec/vectors/${name}.json`, `{\n${body.join(',\n')}\n}\n`)
}
