// What declares or expands to far more than it is, is refused, and little memory is taken for it.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const MEMORY_MAX = 64 * 1024 * 1024

test('bombs are refused as damage, and take less than 64 MB', (t) => {
  const child = fileURLToPath(new URL('bomb-child.js', import.meta.url))
  const told = JSON.parse(execFileSync(process.execPath, ['--expose-gc', child], { encoding: 'utf8' })) as {
    refused: Record<string, string>
    expands: number
    grown: number
  }
  t.true(told.expands >= 1024 ** 3)
  for (const [title, code] of Object.entries(told.refused)) t.is(code, 'DV_CORRUPT', title)
  t.log(`${Object.keys(told.refused).length} bombs, ${(told.grown / 1e6).toFixed(1)} MB more at most`)
  t.true(told.grown < MEMORY_MAX, `${told.grown} bytes more`)
})
