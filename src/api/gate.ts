// A gate: a verb does nothing when a rule of the tree it is about does not hold. It runs where the verb runs: it keeps
// mistakes out, not people. Format: spec/25-checks.md, "Gates"
import { DvError } from '../base/index.js'
import { noted, type NotedRule, type Outcome } from '../checks/index.js'
import { addTo, emptySums, rulesAt, runChecks } from './check.js'
import { noteOf, recordNote } from './check-notes.js'
import type { CheckSums } from './check-results.js'
import type { Context } from './context.js'
import type { Gated, GatedVerb } from './gated.js'
import { Stores } from './stores.js'

export async function runGate(
  context: Context,
  { verbs, id, signal, onProgress }: Gated,
): Promise<() => Promise<void>> {
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  const file = await rulesAt(context, id, work)
  const verb = file?.rules.file.gate?.find((one) => verbs.includes(one))
  if (!file || !verb) return async () => {}
  if ((await noteOf(context, id, file.id))?.outcome === 'passed') return async () => {}
  const sums = emptySums()
  const found: NotedRule[] = []
  const broken: Outcome[] = []
  const stores = new Stores(context.surroundings, context)
  for await (const outcome of runChecks(
    stores,
    { view: context, id, rules: file.rules },
    { ...work, paths: [] },
  )) {
    addTo(sums, outcome)
    found.push(...[noted(outcome)].filter((one) => one !== undefined))
    if (outcome.outcome === 'failed' || outcome.outcome === 'error') broken.push(outcome)
  }
  if (broken.length > 0) throw checksFailed(verb, { sums, broken })
  const note = { ...sums, time: context.surroundings.clock(), found }
  return () => recordNote(context, { commit: id, rules: file.id, note })
}

/** Rules that are named in the failure. */
const NAMED = 10
const DONE: Record<GatedVerb, string> = { commit: 'committed', merge: 'merged', push: 'pushed' }

function checksFailed(
  verb: GatedVerb,
  { sums, broken }: { sums: CheckSums; broken: readonly Outcome[] },
): DvError {
  const { passed, failed, errors, skipped } = sums
  const all = passed + failed + errors + skipped
  const named = broken.slice(0, NAMED)
  const lines = named.map(({ name, message }) => `${name}: ${message}`)
  if (broken.length > NAMED) lines.push(`and ${broken.length - NAMED} more`)
  const next = "'dv check' shows where; --no-checks passes over it, and the commit says so"
  return new DvError(
    'DV_CHECKS_FAILED',
    `${broken.length} of ${all} ${all === 1 ? 'rule' : 'rules'} ${broken.length === 1 ? 'does' : 'do'} not hold, so nothing was ${DONE[verb]}`,
    {
      data: { verb, failed: named.map(({ rule, name, path, line }) => ({ rule, name, path, line })) },
      hint: [
        ...lines,
        verb === 'push' ? "'dv check --at BRANCH' shows where; --no-checks passes over it" : next,
      ].join('\n'),
    },
  )
}
