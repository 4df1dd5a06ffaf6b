// A repository whose branch 'data' has metadata on files and directories, made by `dv apply`; 'main' is checked out.
import type { ExecutionContext } from 'ava'
import type { ApplyResult } from '../../src/api/index.js'
import { testRepository, type TestRepository } from './repository.js'

export interface Plates extends TestRepository {
  /** Applies lines to a branch that is not checked out: 'data' when none is named. */
  change(lines: readonly object[], branch?: string): Promise<ApplyResult>
}

/** Two plates with their lines, one image of each reviewed, a table and a page without metadata. */
export const PLATES: readonly object[] = [
  { op: 'put', path: 'README.md', data: 'Plates\n' },
  { op: 'put', path: 'labels.csv', data: 'id\n1\n', meta: { tags: ['labels'] } },
  { op: 'put', path: 'plates/p35/A01.tif', data: 'A01 of 35', meta: { tags: ['ctrl'], reviewed: true } },
  { op: 'put', path: 'plates/p35/A02.tif', data: 'A02 of plate 35' },
  { op: 'put', path: 'plates/p36/A01.tif', data: 'A01 of 36', meta: { line: 'AICS-54' } },
  { op: 'put', path: 'plates/p36/notes.txt', data: 'x'.repeat(600), meta: { note: 'n'.repeat(600) } },
  { op: 'meta', path: 'plates', set: { line: 'AICS-23' } },
  { op: 'meta', path: 'plates/p35', set: { plate: 35 } },
  { op: 'meta', path: 'plates/p36', set: { plate: 36 } },
]

/** `into`: a repository that is there. */
export async function plates(t: ExecutionContext, lines = PLATES, into?: TestRepository): Promise<Plates> {
  const made = into ?? (await testRepository(t, { 'main.txt': 'm' }))
  const change = (changes: readonly object[], branch = 'data', create = false) =>
    made.api.apply({ target: branch, input: inputOf(changes), message: 'Applied', create, dryRun: false })
  // Directories are there once something lies in them.
  await change(
    lines.filter((line) => (line as { op: string }).op !== 'meta'),
    'data',
    true,
  )
  await change(lines.filter((line) => (line as { op: string }).op === 'meta'))
  return { ...made, change }
}

async function* inputOf(lines: readonly object[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(`${JSON.stringify(line)}\n`)
}
