// Crash tests see what passes node:fs. So nothing may pass elsewhere, or by a call that they do not know.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { CHANGES, RECORDED } from './disk/calls.js'

/** Starts git, to ask it for a name; and what the user wants to be run. */
const STARTS_PROGRAMS = ['src/api/author.ts', 'src/cli/run-child.ts']

test('what changes the disk passes node:fs, by calls that crash tests record', (t) => {
  const files = fs
    .readdirSync('src', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
  t.true(files.length > 300)
  const wrong = files.flatMap((file) => {
    const text = fs.readFileSync(file, 'utf8')
    return [...otherDoors(file, text), ...unknownCalls(text)].map((what) => `${file}: ${what}`)
  })
  t.deepEqual(wrong, [])
})

function otherDoors(file: string, text: string): string[] {
  const doors = /(?<!import type [^\n]*)'(fs|(node:)?fs\/promises|node:sqlite)'/g
  const found = [...text.matchAll(doors)].map(([name]) => name)
  const starts = /'(node:)?child_process'/.test(text) && !STARTS_PROGRAMS.includes(file)
  return starts ? [...found, 'child_process'] : found
}

function unknownCalls(text: string): string[] {
  const called = [...text.matchAll(/\bfs\.(promises\.)?(\w+)/g)].map(
    ([, promises = '', name]) => promises + name!,
  )
  const named = [...text.matchAll(/import \{([^}]*)\} from 'node:fs'/g)].flatMap(([, list]) =>
    list!.split(/[\s,]+/),
  )
  return [...called, ...named].filter((name) => {
    const [, form, bare] = /^(promises\.)?(\w+)$/.exec(name) ?? []
    if (bare === undefined || !CHANGES.test(bare)) return false
    return form !== undefined || !RECORDED.includes(bare)
  })
}
