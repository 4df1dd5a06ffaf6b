// dv checkout --sparse: which part of the tree the working directory holds.
import { DvError } from '../base/index.js'
import { parseExpression } from '../expression/index.js'
import type { ManifestId } from '../hash/index.js'
import { summarize } from '../manifest/index.js'
import {
  type Applied,
  addToSparse,
  compileSparse,
  EVERYTHING_HERE,
  isExpression,
  orderedSparse,
  patternItem,
  type PathFilter,
  readSparse,
  readSparseBefore,
  scanPath,
  type SparseRule,
  whereItem,
  writeSparse,
  writeSparseChange,
  type WorkTree,
} from '../workspace/index.js'
import type { Change } from '../manifest/index.js'
import { iterEntries } from '../manifest/index.js'
import { prepareCheckout, sparseInStep } from './checkout.js'
import { refuseDuringMerge } from './conflicts.js'
import { type Context, currentHead, fromTop, manifestOf, withLock, workTree } from './context.js'
import type { Operation } from '../repo/index.js'
import { ruleAt } from './meant.js'
import { requirePaths } from './pathspec.js'
import { perform } from './perform.js'
import type { SparseResult } from './results.js'
import type { SparseOptions, Work } from './types.js'

export async function sparsePatterns({ workdir }: Context): Promise<string[] | undefined> {
  const patterns = readSparse(workdir)
  return patterns && [...patterns]
}

export function sparse(context: Context, options: SparseOptions): Promise<SparseResult> {
  const { where } = options
  if (where !== undefined) parseExpression(where)
  const paths = options.patterns?.map((pattern) => patternItem(fromTop(context.prefix, pattern)))
  const typed = where === undefined ? paths : [...(paths ?? []), whereItem(where)]
  return withLock(context, async () => {
    const patterns = typed && (options.add ? await addedTo(context, typed) : orderedSparse(typed))
    const { operation: _, ...result } = await sparseLocked(context, { ...options, patterns })
    return result
  })
}

/** The list that takes in these too. Throws DV_UNKNOWN_PATH when one means nothing. */
async function addedTo(context: Context, typed: readonly string[]): Promise<string[] | undefined> {
  const manifest = await manifestOf(context, (await currentHead(context)).commit)
  const patterns = typed.filter((item) => !isExpression(item))
  await requirePaths({ ...context, prefix: '' }, patterns, { manifests: [manifest] })
  const list = readSparse(context.workdir)
  return list && addToSparse(list, typed)
}

/** Takes back what `args` say was done; `saved`: the tree with what it ran over. */
export async function undoSparse(
  context: Context,
  { args, id, saved }: Operation,
  work: Work,
): Promise<{ operation: Operation; restored: Applied }> {
  const was = args.slice(args.indexOf(WAS) + 1)
  const patterns = was[0] === FULL ? undefined : was
  const {
    operation,
    patterns: _,
    total: __,
    ...restored
  } = await sparseLocked(
    context,
    { ...work, patterns, force: false },
    { undoes: id, ...(saved && { source: saved }) },
  )
  if (!operation) throw new DvError('DV_NOTHING_TO_UNDO', 'There were no files then to check out')
  return { operation, restored }
}

/** In the arguments of an operation: everything was checked out; what was checked out before. */
const FULL = '--full'
const WAS = '--was'

/** The same for who holds the lock already. `options.patterns` are relative to the top. */
export async function changeSparse(context: Context, options: SparseOptions): Promise<Applied> {
  const { operation: _, patterns: __, total: ___, ...applied } = await sparseLocked(context, options)
  return applied
}

/** `options.patterns` are relative to the top. `source`: the tree that what comes in is taken from, if not HEAD's. */
async function sparseLocked(
  context: Context,
  options: SparseOptions,
  { undoes, source }: { undoes?: string; source?: ManifestId } = {},
): Promise<SparseResult & { operation?: Operation }> {
  await refuseDuringMerge(context, 'Changing what is checked out')
  const { workdir } = context
  const { patterns } = options
  const old = readSparse(workdir)
  const head = await currentHead(context)
  const manifest = await manifestOf(context, head.commit)
  const rule = await ruleOf(context, manifest, { patterns, where: options.where })
  const filter = rule && compileSparse(rule.list, rule.meant)
  const tree = workTree(context)
  let applied: Applied = { written: 0, removed: 0, bytes: 0 }
  let operation: Operation | undefined
  if (manifest) {
    // Asked before the change is on record: what is held against uncommitted work is what is then taken away.
    const was = whatIsHere(tree)
    const changes = () =>
      membershipChanges(iterEntries(context.store, source ?? manifest), { was, is: filter })
    const prepared = await prepareCheckout(context, tree, {
      from: manifest,
      to: manifest,
      changes,
      isMixed: source !== undefined,
      isLeavingOut: true,
      force: options.force,
      what: 'Changing what is checked out',
      ...(options.signal && { signal: options.signal }),
      ...(options.onProgress && { onProgress: options.onProgress }),
    })
    operation = await perform(context, {
      verb: 'sparse',
      args: [...(patterns ?? [FULL]), WAS, ...(old ?? [FULL])],
      ...(undoes && { undoes }),
      ...(prepared.saved.length > 0 && prepared.before && { saved: prepared.before }),
      async files() {
        const now = rule ?? { list: EVERYTHING_HERE, meant: new Map() }
        writeSparseChange(workdir, { before: sparseInStep(workdir), now })
        applied = await prepared.apply()
      },
    })
  }
  writeSparse(workdir, patterns, rule?.meant)
  const total = await totalOf(context, manifest, filter)
  return { ...applied, ...(patterns && { patterns: [...patterns] }), total, ...(operation && { operation }) }
}

async function ruleOf(
  { store }: Context,
  manifest: ManifestId | undefined,
  { patterns: list, where }: { patterns: readonly string[] | undefined; where: string | undefined },
): Promise<SparseRule | undefined> {
  if (!list) return undefined
  if (!manifest || !list.some(isExpression)) return { list, meant: new Map() }
  return ruleAt(store, manifest, list, where)
}

/** Whether the working directory holds a path. Where a change of that ended early, what it did not come to stands there
 * still. */
function whatIsHere({ workdir, sparse }: WorkTree): (path: string) => boolean {
  if (!sparse) return () => true
  if (!readSparseBefore(workdir)) return (path) => sparse.matches(path)
  return (path) => sparse.matches(path) || scanPath(workdir.root, path) !== undefined
}

/** Entries that come into the working directory or leave it. */
async function* membershipChanges(
  entries: ReturnType<typeof iterEntries>,
  { was, is }: { was: (path: string) => boolean; is: PathFilter | undefined },
): AsyncGenerator<Change[]> {
  for await (const batch of entries) {
    const changes: Change[] = []
    for (const [path, entry] of batch) {
      const before = was(path)
      const after = is?.matches(path) ?? true
      if (before && !after) changes.push({ path, before: entry })
      else if (!before && after) changes.push({ path, after: entry })
    }
    if (changes.length > 0) yield changes
  }
}

async function totalOf(
  context: Context,
  manifest: Awaited<ReturnType<typeof manifestOf>>,
  filter: PathFilter | undefined,
) {
  if (!manifest) return { files: 0, bytes: 0 }
  if (!filter) {
    const { entries, bytes } = await summarize(context.store, manifest)
    return { files: entries, bytes }
  }
  const total = { files: 0, bytes: 0 }
  for await (const batch of iterEntries(context.store, manifest)) {
    for (const [path, entry] of batch) {
      if (!filter.matches(path)) continue
      total.files++
      total.bytes += entry.kind === 'file' || entry.kind === 'executable' ? entry.size : 0
    }
  }
  return total
}
