import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { temporaryFolder } from '../helpers/repository.js'
import { forServer } from '../servers/index.js'
import type { Row } from './measure.js'
import { parseOptions } from './options.js'
import type { Report } from './report.js'

const main = fileURLToPath(new URL('main.js', import.meta.url))

/** What there must be where every yardstick is installed. */
const ROWS: Record<Exclude<Row['group'], 'remote'>, string[]> = {
  kernels: ['memcpy', 'chunker', 'hash', 'chunker + hash', 'zstd in', 'zstd out'],
  start: ['node -e 0', 'dv --version', 'dv log -1'],
  tree: [
    ...['first commit', 'cp -r', 'cp -r, and sync', 'dv status, nothing changed', 'find -newer'],
    ...['commit, nothing changed', 'commit, one file changed', 'commit, 1 % changed'],
    ...['checkout into an empty folder', 'checkout of a version 1 % apart'],
  ],
  manifest: [
    ...['build from a sorted list', 'edit of 100 entries', 'edit of one entry'],
    ...[
      'node -e 0',
      'dv diff, 100 apart',
      'dv ls DIR',
      'dv ls --where, all',
      'dv ls --where, DIR',
      'dv log -1',
    ],
  ],
  metadata: ['node -e 0', ...['dv meta import, csv', 'dv meta import, jsonl', 'dv meta import, parquet']],
  search: [
    ...['node -e 0', 'dv search, the first', 'dv search, the first after 100 files changed'],
    ...['dv search annotator', 'dv search cell -debris', 'dv search "damaged light"', 'dv search img0012*'],
  ],
  query: [
    ...[
      'node -e 0',
      'dv query, the first',
      'dv query, the next',
      'dv query, the first after 100 files changed',
      'dv export-manifest',
    ],
  ],
  profile: [
    ...['node -e 0', 'dv profile, the first', 'dv profile, the next', 'dv check, drift of two columns'],
  ],
  tables: [
    ...['dv diff --key, a CSV', 'dv diff --key, JSON Lines', 'dv diff --key, Parquet'],
    ...['dv diff, an OME-TIFF stack', 'dv merge, a CSV'],
  ],
  checks: ['node -e 0', 'dv check, the first', 'dv check, the next', 'dv check, without drift'],
}

const SAMPLE = new Set(['value', 'cpu', 'peak'])

test('the bench runs from end to end on little data, and leaves nothing behind', (t) => {
  const work = temporaryFolder(t)
  const json = path.join(work, 'figures.json')
  const out = path.join(work, 'plot.svg')
  const groups = Object.keys(ROWS) as (keyof typeof ROWS)[]
  const only = ['--only', groups.join(',')]
  const args = [...only, '--sizes', '20', '--rounds', '1', '--work', work, '--json', json, '--out', out]
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  t.is(status, 0, stderr)
  const { circumstances, rounds, rows } = JSON.parse(fs.readFileSync(json, 'utf8')) as Report
  t.is(rounds, 1)
  for (const known of Object.values(circumstances)) t.not(known, '')
  for (const group of groups) {
    const found = rows.filter((row) => row.group === group).map(({ what }) => what)
    t.deepEqual(found.toSorted(), ROWS[group].toSorted())
  }
  for (const { what, beside, size, group, samples } of rows) {
    for (const sample of samples)
      t.deepEqual(
        Object.keys(sample).filter((key) => !SAMPLE.has(key)),
        [],
      )
    t.true(samples.length > 0 && samples.every(({ value }) => value > 0), what)
    t.is(size, ['kernels', 'start'].includes(group) ? undefined : 20)
    if (beside !== undefined) t.true(rows.some((row) => row.what === beside && row.group === group))
    if (group === 'tree' && /commit|status|checkout/.test(what)) {
      t.true(
        samples.every(({ cpu = 0, peak = 0 }) => cpu > 0 && peak > 1e6),
        what,
      )
    }
  }
  t.true(stdout.includes('| first commit '))
  t.notRegex(stdout, /NaN|undefined/)
  t.true(fs.readFileSync(out, 'utf8').includes('>first commit</text>'))
  t.deepEqual(fs.readdirSync(work).toSorted(), ['figures.json', 'plot.svg'])
})

forServer('versitygw', () => {
  test('the bench of a bucket sends and brings back the same files, beside who is installed', (t) => {
    const work = temporaryFolder(t)
    const json = path.join(work, 'figures.json')
    const args = ['--only', 'remote', '--scale', '0.001', '--rounds', '1', '--work', work, '--json', json]
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
    t.is(status, 0, stderr)
    const { rows } = JSON.parse(fs.readFileSync(json, 'utf8')) as Report
    const own = rows.filter(({ what }) => /: (first push|full clone|push of|moved for)/.test(what))
    t.deepEqual(
      own.map(({ what }) => what).toSorted(),
      [
        ...['images', 'small', 'table'].flatMap((work) => [`${work}: first push`, `${work}: full clone`]),
        ...['table: moved for version 2', 'table: push of version 2'],
      ].toSorted(),
    )
    for (const { samples } of own) t.true(samples.every(({ value }) => value > 0))
    t.notRegex(stdout, /NaN|undefined/)
    t.deepEqual(fs.readdirSync(work), ['figures.json'])
  })
})

test('options say what is measured; manifests have the sizes of trees unless told otherwise', (t) => {
  const small = parseOptions(['--sizes', '10,20', '--only', 'tree,start'])
  t.deepEqual(
    [small?.sizes, small?.entries, small?.groups],
    [
      [10, 20],
      [10, 20],
      ['tree', 'start'],
    ],
  )
  t.is(parseOptions([])?.entries.at(-1), 1_000_000)
  t.is(parseOptions(['--full'])?.sizes.at(-1), 1_000_000)
  t.is(parseOptions(['--help']), undefined)
  for (const wrong of [['--sizes', '0'], ['--rounds', 'x'], ['--only', 'trees'], ['--fast'], ['more']]) {
    t.throws(() => parseOptions(wrong), undefined, wrong.join(' '))
  }
})
