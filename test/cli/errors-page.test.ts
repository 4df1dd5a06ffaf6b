import fs from 'node:fs'
import test from 'ava'
import { ERROR_CODES, EXIT } from '../../src/base/index.js'

const page = fs.readFileSync('spec/errors.md', 'utf8')

test('spec/errors.md lists every code with its exit status and when it comes, and no other', (t) => {
  const rows = [...page.matchAll(/^\| `(DV_[A-Z_]+)` +\| (\d+) +\| (.{10,}) \|$/gm)]
  const listed = Object.fromEntries(rows.map(([, code, exit]) => [code, Number(exit)]))
  t.deepEqual(listed, ERROR_CODES)
  t.is(rows.length, Object.keys(listed).length, 'a code is listed twice')
})

test('spec/errors.md and the help of every verb list every exit status', async (t) => {
  const statuses = Object.values(EXIT).map(String)
  const rows = [...page.matchAll(/^\| (\d+) +\| .+ \|$/gm)].map(([, status]) => status)
  t.deepEqual(rows, statuses)
  const help = fs.readFileSync('test/cli/help.txt', 'utf8')
  const block = help
    .slice(help.indexOf('Exit status\n'))
    .split('\n')
    .slice(1, 1 + statuses.length)
  t.deepEqual(
    block.map((line) => line.trim().split(' ')[0]),
    statuses,
  )
})
