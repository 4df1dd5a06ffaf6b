// What tests ask dv log for.
import type { LogEntry } from '../../src/api/results.js'
import { collect, type TestRepository } from './repository.js'

/** Everything that HEAD leads to, newest first, without the paths that each commit changed. */
export const LOG = { revisions: [], paths: [], all: false, changes: false, topological: false }

/** The commit that HEAD leads to, with what checks said of it. */
export async function headWithChecks({ repository }: Pick<TestRepository, 'repository'>): Promise<LogEntry> {
  const [entry] = await collect(repository.log({ ...LOG, checks: true, limit: 1 }))
  return entry!
}
