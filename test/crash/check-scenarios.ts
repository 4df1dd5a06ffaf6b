// What is remembered of checks: written by a check, sent with a push, taken over by a fetch.
import fs from 'node:fs'
import path from 'node:path'
import type { World } from './harness.js'
import type { Scenario } from './scenarios.js'

type Ok = (...args: string[]) => void

export const CHECK_SCENARIOS: readonly Scenario[] = [
  {
    title: 'check',
    prepare(world, ok) {
      table(world, ok)
      ok('check', '--at', 'HEAD~1')
    },
    args: ['check'],
  },
  {
    title: 'push of what a check found',
    prepare(world, ok) {
      published(world, ok)
      ok('check', '--at', 'HEAD~1')
      ok('push')
      ok('check')
    },
    args: ['push'],
    stores: ['remote'],
  },
  {
    title: 'fetch of what a check found',
    prepare(world, ok) {
      published(world, ok)
      ok('check', '--at', 'HEAD~1')
      const other = path.join(world.folder, 'other')
      ok('clone', '../remote', other)
      ok('-C', other, 'check')
      ok('-C', other, 'push')
      fs.rmSync(other, { recursive: true })
    },
    args: ['fetch'],
    stores: ['remote'],
  },
]

/** Two versions, which keep their rules. */
function table({ work }: World, ok: Ok): void {
  const write = (name: string, text: string) => fs.writeFileSync(path.join(work, name), text)
  write('dv.checks.yaml', 'version: 1\ntables: [{path: t.csv, columns: {n: {max: 3}}, drift: {rows: 5%}}]\n')
  for (const n of [1, 2]) {
    write('t.csv', `n\n${n}\n`)
    ok('commit', '-m', `of ${n}`)
  }
}

function published(world: World, ok: Ok): void {
  table(world, ok)
  ok('remote', 'add', 'origin', '../remote')
  ok('push', '-u', 'origin', 'main')
}
