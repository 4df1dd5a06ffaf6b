// dv check: a commit, or what would be committed, is held against rules. Format: spec/25-checks.md
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, isDvError, RULES_PATH } from '../base/index.js'
import {
  noted,
  type NotedRule,
  type Outcome,
  readRules,
  refusePatterns,
  type Rules,
  runRules,
} from '../checks/index.js'
import { blake3, type CommitId, toHex } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import { lookup } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import { openTablesSql } from '../query/index.js'
import { bringFiles } from './bring.js'
import { subjectOf } from './check-subject.js'
import type { CheckRecord, CheckSums } from './check-results.js'
import type { CheckOptions } from './check-types.js'
import { recordNote } from './check-notes.js'
import { type Context, pathFilter, type StoreView } from './context.js'
import { readWholeFile } from './file-content.js'
import { requirePaths } from './pathspec.js'
import { tablePlaces, TABLES_MEMORY } from './query-places.js'
import type { Stores } from './stores.js'
import type { Work } from './types.js'
import { versionMeant } from './version-meant.js'

/** Findings of a rule that are told. */
const LIMIT = 10

export async function* check(stores: Stores, options: CheckOptions): AsyncGenerator<CheckRecord> {
  const { paths, against, limit } = options
  const work = workOf(options)
  const { view, id, isCommitted } = await versionMeant(stores, options.at, work)
  const { manifest } = await readCommit(view.store, id)
  await requirePaths(view, paths, { manifests: [manifest] })
  const file =
    options.rules === undefined ? await rulesAt(view, id, work) : rulesOnDisk(stores, options.rules)
  if (!file) throw noRules(options.at)
  yield { type: 'check', ...(isCommitted && { commit: toHex(id) }), rules: file.id }
  const sums = emptySums()
  const found: NotedRule[] = []
  for await (const outcome of runChecks(
    stores,
    { view, id, rules: file.rules },
    { paths, against, limit, ...work },
  )) {
    addTo(sums, outcome)
    found.push(...[noted(outcome)].filter((one) => one !== undefined))
    yield { type: 'rule', ...outcome }
  }
  const isWhole = options.rules === undefined && against === undefined && paths.length === 0
  if (isCommitted && isWhole && view === stores.context)
    await remember(stores.context, {
      commit: id,
      rules: file.id,
      note: { ...sums, time: stores.surroundings.clock(), found },
    })
  yield { type: 'summary', ...sums }
}

export interface RulesFound {
  rules: Rules
  /** Content id of the file, as hex. */
  id: string
}

/** The rules that a commit has itself; undefined when it has none. Throws DV_BAD_RULES. */
export async function rulesAt(
  view: StoreView,
  commit: CommitId,
  work: Work,
): Promise<RulesFound | undefined> {
  const { manifest } = await readCommit(view.store, commit)
  const entry = await lookup(view.store, manifest, RULES_PATH)
  if (!entry || !isFile(entry)) return undefined
  ;(await view.store.purged()).refuse(entry, RULES_PATH)
  // What is larger is refused by its first bytes.
  if (entry.size > RULES_BYTES_MAX) return { rules: readRules(new Uint8Array(entry.size)), id: '' }
  await bringFiles(view, [[entry]], work)
  return { rules: readRules(await readWholeFile(view.store, entry)), id: toHex(entry.content) }
}

const RULES_BYTES_MAX = 1024 * 1024

function rulesOnDisk({ surroundings }: Stores, file: string): RulesFound {
  try {
    const bytes = fs.readFileSync(path.resolve(surroundings.cwd, file))
    return { rules: readRules(bytes), id: toHex(blake3.hash(bytes)) }
  } catch (error) {
    throw fromSystemError(error, 'read', file)
  }
}

function noRules(at: string | undefined): DvError {
  const where = at === undefined ? 'here' : `in '${at}'`
  return new DvError(
    'DV_NO_RULES',
    `There are no rules ${where}: no file '${RULES_PATH}' at the top of the tree`,
    {
      data: { path: RULES_PATH },
      hint: "'dv init --checks' proposes some; 'dv check --rules FILE' takes them from elsewhere",
    },
  )
}

/** Where nothing can be written, it is no failure of the check. */
async function remember(context: Context, noted: Parameters<typeof recordNote>[1]): Promise<void> {
  try {
    await recordNote(context, noted)
  } catch (error) {
    if (!isDvError(error, 'DV_READ_ONLY') && !isDvError(error, 'DV_PERMISSION')) throw error
    context.surroundings.warn?.(`The outcome is not remembered: ${error.message}`)
  }
}

function workOf({ signal, onProgress }: Work): Work {
  return { ...(signal && { signal }), ...(onProgress && { onProgress }) }
}

export interface CheckLimits extends Work {
  paths: readonly string[]
  against?: string | undefined
  limit?: number | undefined
}

export interface ToCheck {
  view: StoreView
  id: CommitId
  rules: Rules
}

/** The outcome of each rule. Throws DV_BAD_RULES. */
export async function* runChecks(
  stores: Stores,
  { view, id, rules }: ToCheck,
  { paths, against, limit = LIMIT, ...work }: CheckLimits,
): AsyncGenerator<Outcome> {
  const folders = await tablePlaces(stores, view)
  const commit = await readCommit(view.store, id)
  const subject = subjectOf({ stores, view, id, commit, folders, work })
  const filter = pathFilter(view, paths)
  const db = await openTablesSql(folders, TABLES_MEMORY)
  try {
    await refusePatterns(db, rules)
    yield* runRules({
      ...{ rules, subject, db, limit, against, ...work },
      only: filter && ((one: string) => filter.matches(one)),
    })
  } finally {
    await db.close()
    fs.rmSync(folders.temporary, { recursive: true, force: true })
  }
}

export function emptySums(): CheckSums {
  return { outcome: 'passed', passed: 0, failed: 0, errors: 0, skipped: 0 }
}

export function addTo(sums: CheckSums, { outcome }: Outcome): void {
  sums[outcome === 'error' ? 'errors' : outcome]++
  if (outcome === 'failed' || outcome === 'error') sums.outcome = 'failed'
}
