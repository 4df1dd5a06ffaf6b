// The second act: metadata, a query, a subset, a search, rows that changed, and data that has to keep its promises.
import fs from 'node:fs'
import path from 'node:path'
import {
  bytesOfStore,
  dv,
  dvIn,
  expect,
  fail,
  filesBelow,
  megabytes,
  place,
  published,
  say,
  work,
} from './stage.mjs'

const FLIGHTS = "source LIKE '%Transportation%' AND size < 1000000"

export function subsets() {
  say('7. What the files are: metadata, out of the list that the package brings')
  const labels = path.join(place, 'resources.csv')
  fs.writeFileSync(labels, resourcesAsCsv())
  dv('meta', 'import', '--path-column', 'path', labels)
  dv('commit', '-m', 'What the package says of its files')
  dv('meta', 'get', 'flights-2k.json')

  say('8. Questions, of files and of what is in them')
  dv(
    'query',
    'SELECT source, count(*) AS files, sum(size) AS bytes FROM files GROUP BY 1 ORDER BY 3 DESC LIMIT 4',
  )
  dv(
    'query',
    '--at',
    'v2',
    "SELECT state, city FROM 'us-state-capitals.json' WHERE lat > 45 ORDER BY lat DESC",
  )
  expect(dv('search', '"transportation statistics" parquet'), 'flights-3m.parquet')
  dv('search', 'earthquake*')

  say('9. A part of it, for a small disk')
  dv('ls', '--where', FLIGHTS)
  dv('subset', 'create', 'flights', '--where', FLIGHTS)
  dv('push', 'origin', 'main', 'flights')
  const part = path.join(place, 'part')
  dvIn(place, ['clone', path.join(place, 'remote'), part, '--where', FLIGHTS])
  const [files, small, whole] = [filesBelow(part).length, bytesOfStore(part), bytesOfStore()]
  if (files === 0 || small * 10 > whole) fail(`${files} files came, with ${small} of ${whole} bytes`)
  console.log(`\n${files} files came, with ${megabytes(small)} of ${megabytes(whole)}.`)

  say('10. What has changed in a table, by rows')
  expect(dv('diff', '--summary', 'v2', 'v3', '--', 'us-state-capitals.json'), '50 changed')
  dv('diff', 'v2', 'v3', '--', 'us-state-capitals.json')

  say('11. Data that must keep its promises: rules, and a release that breaks them')
  fs.writeFileSync(path.join(work, 'dv.checks.yaml'), RULES)
  dv('profile', 'flights-2k.json')
  dv('check', '--at', 'v2', '--rules', 'dv.checks.yaml')
  expect(dvIn(work, ['check', '--against', 'v2'], { status: 3 }), 'Kolmogorov-Smirnov')
}

const RULES = `version: 1
tables:
  - path: us-state-capitals.json
    rows: 50
    columns:
      state: { type: string, nulls: 0, unique: true }
      lat: { min: 18, max: 72 }
  - path: flights-2k.json
    rows: 2000
    drift:
      columns:
        delay: { ks: 0.05 }
        origin: { categories: 5 }
queries:
  - name: no flight goes backwards
    sql: SELECT origin, destination, distance FROM 'flights-2k.json' WHERE distance < 0
`

/** A row for each file that `datapackage.json` describes. */
function resourcesAsCsv() {
  const { resources } = JSON.parse(fs.readFileSync(published(3, 'datapackage.json'), 'utf8'))
  const rows = resources.map(({ path, licenses, sources, schema }) => {
    const license = licenses?.[0]?.title ?? licenses?.[0]?.name
    return [path, license, sources?.[0]?.title, schema?.fields?.length]
  })
  return [['path', 'license', 'source', 'columns'], ...rows]
    .map((row) => `${row.map(cell).join(',')}\n`)
    .join('')
}

function cell(value) {
  const text = String(value ?? '').replaceAll('\n', ' ')
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text.trim()
}
