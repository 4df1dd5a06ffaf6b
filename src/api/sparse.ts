// dv checkout --sparse: which part of the tree the working directory holds.
import { summarize } from '../manifest/index.js'
import {
  type Applied,
  compilePathspec,
  type PathFilter,
  readSparse,
  writeSparse,
} from '../workspace/index.js'
import type { Change } from '../manifest/index.js'
import { iterEntries } from '../manifest/index.js'
import { prepareCheckout } from './checkout.js'
import { refuseDuringMerge } from './conflicts.js'
import { type Context, currentHead, fromTop, manifestOf, withLock, workTree } from './context.js'
import { perform } from './perform.js'
import type { SparseResult } from './results.js'
import type { SparseOptions } from './types.js'

export async function sparsePatterns({ workdir }: Context): Promise<string[] | undefined> {
  const patterns = readSparse(workdir)
  return patterns && [...patterns]
}

export function sparse(context: Context, options: SparseOptions): Promise<SparseResult> {
  return withLock(context, () => sparseLocked(context, options))
}

async function sparseLocked(context: Context, options: SparseOptions): Promise<SparseResult> {
  await refuseDuringMerge(context, 'Changing what is checked out')
  const { workdir } = context
  const patterns = options.patterns?.map((pattern) => fromTop(context.prefix, pattern))
  const filter = patterns && compilePathspec(patterns)
  const head = await currentHead(context)
  const manifest = await manifestOf(context, head.commit)
  const tree = workTree(context)
  let applied: Applied = { written: 0, removed: 0, bytes: 0 }
  if (manifest) {
    const changes = () =>
      membershipChanges(iterEntries(context.store, manifest), { was: tree.sparse, is: filter })
    const prepared = await prepareCheckout(context, tree, {
      from: manifest,
      to: manifest,
      changes,
      force: options.force,
      what: 'Changing what is checked out',
      ...(options.signal && { signal: options.signal }),
      ...(options.onProgress && { onProgress: options.onProgress }),
    })
    await perform(context, {
      verb: 'sparse',
      args: patterns ?? ['--disable'],
      ...(prepared.saved.length > 0 && prepared.before && { saved: prepared.before }),
      async files() {
        applied = await prepared.apply()
      },
    })
  }
  writeSparse(workdir, patterns)
  const total = await totalOf(context, manifest, filter)
  return { ...applied, ...(patterns && { patterns }), total }
}

/** Entries that come into the working directory or leave it. */
async function* membershipChanges(
  entries: ReturnType<typeof iterEntries>,
  { was, is }: { was: PathFilter | undefined; is: PathFilter | undefined },
): AsyncGenerator<Change[]> {
  for await (const batch of entries) {
    const changes: Change[] = []
    for (const [path, entry] of batch) {
      const before = was?.matches(path) ?? true
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
