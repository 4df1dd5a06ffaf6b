// SQL that must return no rows.
import { counted } from './amounts.js'
import { errored, failed, type Finding, type Outcome, passed } from './outcome.js'
import type { QueryItem } from './rules.js'
import type { Run } from './run.js'

/** All rows are read, so that they are counted; a few are kept. */
export async function checkQuery(run: Run, { name, sql }: QueryItem, rule: string): Promise<Outcome> {
  const about = { rule, name, line: run.rules.placeOf(`${rule}.sql`).line }
  let count = 0
  const findings: Finding[] = []
  try {
    for await (const values of run.subject.query(sql)) {
      if (++count <= run.limit) findings.push({ values })
    }
  } catch (error) {
    return errored(about, error)
  }
  if (count === 0) return passed(about)
  return failed(about, { message: `${counted(count, 'row')} came, where none was wanted`, count, findings })
}
