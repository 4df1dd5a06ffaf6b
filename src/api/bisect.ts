// dv bisect: the first commit that has what a command or a function calls bad.
import { DvError } from '../base/index.js'
import { type CommitId, idKey, sameId, toHex } from '../hash/index.js'
import { isAncestor, narrowed, nextToTry, readCommit, readParent, suspectsOf } from '../history/index.js'
import { type BisectPlace, openPlace } from './bisect-place.js'
import { reportOf } from './bisect-report.js'
import type { BisectRecord, Verdict } from './bisect-results.js'
import type { BisectOptions } from './bisect-types.js'
import type { Context } from './context.js'
import { commitInfo, short, subjectOf } from './present.js'
import { resolve } from './revisions.js'
import type { Stores } from './stores.js'

interface Search {
  context: Context
  options: BisectOptions
  place: BisectPlace
  /** Of all that were tried, and of those that are not to be. */
  verdicts: Map<string, Verdict>
  tried: number
}

type Steps<T> = AsyncGenerator<BisectRecord, T, undefined>

export async function* bisect(stores: Stores, options: BisectOptions): AsyncGenerator<BisectRecord> {
  const context = stores.here
  const commitOf = async (revision: string) => (await resolve(context, revision)).commit
  const bad = await commitOf(options.bad)
  const good = await Promise.all(options.good.map(commitOf))
  for (const [i, id] of good.entries()) await requireBefore(context, { id, bad }, options.good[i]!)
  const skipped = await Promise.all(options.skip.map(commitOf))
  const place = openPlace(context, options)
  const verdicts = new Map(skipped.map((id) => [idKey(id), 'skip' as const]))
  const search: Search = { context, options, place, verdicts, tried: 0 }
  try {
    const first = yield* firstBad(search, yield* ends(search, { bad, good }))
    yield {
      type: 'found',
      commit: commitInfo(first, await readCommit(context.store, first)),
      tried: search.tried,
    }
    yield* reportOf(stores, first, options)
  } finally {
    await place.close()
  }
}

interface Ends {
  bad: CommitId
  good: readonly CommitId[]
}

/** Both ends are tried first: where one is not what it is said to be, any answer would be wrong. */
async function* ends(search: Search, { bad, good }: Ends): Steps<Ends> {
  const { options } = search
  if ((yield* verdictOn(search, bad)) === 'good') throw badIsGood(options.bad)
  if (good.length === 0) return yield* lookForGood(search, bad)
  for (const [i, id] of good.entries()) {
    if ((yield* verdictOn(search, id)) === 'bad') throw goodIsBad(options.good[i]!)
  }
  return { bad, good }
}

/** Goes back by first parents, twice as far each time, until one is good. */
async function* lookForGood(search: Search, start: CommitId): Steps<Ends> {
  const { context, options } = search
  let bad = start
  let at: CommitId | undefined = start
  for (let far = 1; ; far *= 2) {
    let last: CommitId = at
    for (let n = 0; n < far && at; n++) {
      last = at
      at = await parentHere(context, at)
    }
    // The oldest counts, wherever the step would have led.
    at ??= sameId(last, bad) ? undefined : last
    if (!at) throw noGood(options.bad)
    const verdict: Verdict = yield* verdictOn(search, at)
    if (verdict === 'good') return { bad, good: [at] }
    if (verdict === 'bad') bad = at
    else if (!(await parentHere(context, at))) throw noGood(options.bad)
  }
}

async function parentHere({ store }: Context, id: CommitId): Promise<CommitId | undefined> {
  const [parent] = (await readCommit(store, id)).parents
  return parent && (await readParent(store, parent)) ? parent : undefined
}

async function* firstBad(search: Search, { bad, good }: Ends): Steps<CommitId> {
  let suspects = await suspectsOf(search.context.store, bad, good)
  while (suspects.size > 1) {
    const skipped = new Set([...search.verdicts].filter(([, one]) => one === 'skip').map(([key]) => key))
    const next = nextToTry(suspects, skipped)
    if (!next) throw onlySkipped([...suspects.values()].map(({ id }) => id))
    const verdict = yield* verdictOn(search, next, suspects.size)
    if (verdict !== 'skip') suspects = narrowed(suspects, next, verdict === 'bad')
  }
  return [...suspects.values()][0]!.id
}

async function* verdictOn(search: Search, id: CommitId, left?: number): Steps<Verdict> {
  const { context, place, verdicts, options } = search
  const known = verdicts.get(idKey(id))
  if (known) return known
  options.signal?.throwIfAborted()
  const commit = toHex(id)
  const said = { commit, short: short(id), ...(left !== undefined && { left }) }
  const directory = await place.checkout(commit)
  yield { type: 'try', ...said, subject: subjectOf((await readCommit(context.store, id)).message) }
  const verdict = await options.judge({ commit, directory })
  await place.clear()
  verdicts.set(idKey(id), verdict)
  search.tried++
  yield { type: 'judged', ...said, verdict }
  return verdict
}

async function requireBefore(
  { store }: Context,
  { id, bad }: { id: CommitId; bad: CommitId },
  typed: string,
): Promise<void> {
  if (!sameId(id, bad) && (await isAncestor(store, id, bad))) return
  throw new DvError('DV_BISECT_NOT_BEFORE', `'${typed}' is not among the ancestors of the bad commit`, {
    data: { good: typed, commit: toHex(id), bad: toHex(bad) },
    hint: "'dv log' shows them; --good names one of them, --bad a later one",
  })
}

function badIsGood(bad: string): DvError {
  return new DvError('DV_BISECT_BAD_IS_GOOD', `'${bad}' is good: the command ended with status 0 there`, {
    data: { bad },
    hint: '--bad REV names a commit where it fails; the default is HEAD, what is not committed is not tried',
  })
}

function goodIsBad(good: string): DvError {
  return new DvError('DV_BISECT_GOOD_IS_BAD', `'${good}' is bad: the command failed there`, {
    data: { good },
    hint: '--good REV names a commit where it succeeds; rules that came later: dv check --rules /full/path/of/dv.checks.yaml',
  })
}

function noGood(bad: string): DvError {
  return new DvError('DV_BISECT_GOOD_IS_BAD', `No good commit was found before '${bad}', back to the first`, {
    data: { bad },
    hint: '--good REV names a commit where the command succeeds; rules that came later: dv check --rules /full/path/of/dv.checks.yaml',
  })
}

function onlySkipped(left: readonly CommitId[]): DvError {
  const names = left.slice(0, NAMED_MAX).map(short).join(', ')
  const more = left.length > NAMED_MAX ? ` and ${left.length - NAMED_MAX} more` : ''
  return new DvError(
    'DV_BISECT_SKIPPED',
    `Only skipped commits are left to try; the first bad one is among ${names}${more}`,
    { data: { candidates: left.map(toHex) }, hint: "'dv show COMMIT' tells what each of them changed" },
  )
}

const NAMED_MAX = 8
