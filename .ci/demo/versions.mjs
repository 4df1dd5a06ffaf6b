// The first act: two versions, branches, a merge, a remote, a colleague.
import fs from 'node:fs'
import path from 'node:path'
import * as stage from './stage.mjs'

const { dv, dvIn, say, work, place, published, replaceTree, compareTrees, megabytes } = stage
const remote = path.join(place, 'remote')
const other = path.join(place, 'colleague')
const old = path.join(place, 'old')

/** One row for each version: what it holds, and what the store holds then. */
const rows = []

export function versions() {
  fs.mkdirSync(work)
  say('1. A data set becomes a repository')
  dv('init')
  dv('config', 'user.name', 'Ada Example')
  dv('config', 'user.email', 'ada@example.org')
  replaceTree(2)
  record('v2 of the data, committed', dv('commit', '-m', 'vega-datasets 2.x as published'))
  dv('tag', '-a', '-m', 'The release everybody used', 'v2')

  say('2. The next release, on a branch')
  dv('switch', '-c', 'update')
  replaceTree(3)
  dv('status')
  record('v3 of the data, committed', dv('commit', '-m', 'vega-datasets 3.x as published'))
  dv('diff', '--stat', 'v2', 'update')

  say('3. Back to main, and the merge')
  dv('switch', 'main')
  dv('merge', 'update')
  dv('tag', 'v3')
  dv('log', '--graph', '--oneline')

  say('4. To a remote that is only a folder, and to a colleague')
  dv('remote', 'add', 'origin', remote)
  dv('push', '-u', 'origin', 'main', '--tags')
  dvIn(place, ['clone', remote, other])
  dvIn(other, ['log', '--oneline'])
  dv('push')

  say('5. The old release beside the new one')
  dv('worktree', 'add', old, 'v2')
  dv('worktree', 'list')

  say('6. Every byte checked')
  dv('fsck', '--deep')
  dvIn(other, ['fsck', '--deep'])
  compareTrees(work, other)
  compareTrees(published(2, 'data'), old)
  summary()
}

function record(what, { seconds }) {
  const names = stage.filesBelow(work)
  const bytes = names.reduce((sum, name) => sum + fs.statSync(path.join(work, name)).size, 0)
  rows.push({ what, files: names.length, bytes, stored: stage.bytesOfStore(), seconds })
}

function summary() {
  say('What it took')
  const logical = rows.reduce((sum, { bytes }) => sum + bytes, 0)
  table()
  const stored = stage.bytesOfStore()
  const saved = (100 - (stored / logical) * 100).toFixed(0)
  console.log(
    `\nTwo versions of ${megabytes(logical)} together are stored in ${megabytes(stored)}, ${saved} % less.`,
  )
}

function table() {
  const header = ['', 'files', 'logical', 'stored so far', 'saved', 'time']
  let sum = 0
  const body = rows.map(({ what, files, bytes, stored, seconds }) => {
    sum += bytes
    return [
      what,
      String(files),
      megabytes(bytes),
      megabytes(stored),
      `${(100 - (stored / sum) * 100).toFixed(0)} %`,
      `${seconds.toFixed(2)} s`,
    ]
  })
  const widths = header.map((_, i) => Math.max(...[header, ...body].map((row) => row[i].length)))
  for (const row of [header, ...body]) {
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
    )
  }
}
