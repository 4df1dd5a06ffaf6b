// The real servers that suites run against, and what happens where one is missing.
import test from 'ava'
import { findProgram, type ServerKind, type ServerProgram, VARIABLES } from './find-program.js'

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
