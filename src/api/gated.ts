// Whether the rules of a tree stand before a verb. Only where there are any is more loaded: a commit starts fast.
import { RULES_PATH } from '../base/index.js'
import type { CommitId, ManifestId } from '../hash/index.js'
import { lookup } from '../manifest/index.js'
import type { Metadata } from '../objects/index.js'
import type { Context } from './context.js'
import type { Work } from './types.js'

export type GatedVerb = 'commit' | 'merge' | 'push'

export interface Gated extends Work {
  /** The tree's rules are asked when they name one of these. */
  verbs: readonly GatedVerb[]
  /** What the verb is to name: stored, and named by nothing yet. */
  id: CommitId
  manifest: ManifestId
  /** False: `--no-checks`. */
  checks?: boolean | undefined
}

/** Throws DV_CHECKS_FAILED. What it returns is called once the verb has happened: it remembers the outcome. */
export async function passGate(context: Context, gated: Gated): Promise<() => Promise<void>> {
  const { manifest, checks = true } = gated
  if (!checks || !(await lookup(context.store, manifest, RULES_PATH))) return async () => {}
  return (await import('./gate.js')).runGate(context, gated)
}

/** What a commit carries whose checks were passed over. */
export function skippedMark(checks: boolean | undefined): Metadata {
  return checks === false ? new Map([['dv.checks', { type: 'string', value: 'skipped' }]]) : new Map()
}
