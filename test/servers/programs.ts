// The real servers that suites run against: where their programs are, and what happens where one is missing.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

export type ServerKind = 'versitygw' | 'minio'

export interface ServerProgram {
  kind: ServerKind
  path: string
}

/** Variables that name a program; else it is looked for in .servers/bin, which .ci/servers fills, and on PATH. */
const VARIABLES: Record<ServerKind, string> = { versitygw: 'DV_VERSITYGW', minio: 'DV_MINIO' }

const BUILT = fileURLToPath(new URL('../../../.servers/bin', import.meta.url))

/** Declares tests for each server. Where a program is missing the suite says so: in CI it fails, elsewhere it is
 * skipped. */
export function forEachServer(declare: (program: ServerProgram) => void): void {
  for (const kind of Object.keys(VARIABLES) as ServerKind[]) forServer(kind, declare)
}

/** The same for one kind of server. */
export function forServer(kind: ServerKind, declare: (program: ServerProgram) => void): void {
  const found = findProgram(kind)
  if (found !== undefined) return declare({ kind, path: found })
  declareMissing(`${kind} is not here: '.ci/servers' builds it, ${VARIABLES[kind]} names it`)
}

/** Stands for the tests of a program that is missing: fails in CI, is skipped elsewhere. */
export function declareMissing(title: string): void {
  if (process.env['CI'] === 'true') test(title, (t) => t.fail())
  else test.skip(title, (t) => t.pass())
}

function findProgram(kind: ServerKind): string | undefined {
  const named = process.env[VARIABLES[kind]]
  if (named) return named
  const folders = [BUILT, ...(process.env['PATH'] ?? '').split(path.delimiter)]
  return folders.map((folder) => path.join(folder, kind)).find((file) => fs.existsSync(file))
}
