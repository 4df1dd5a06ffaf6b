// What points at a commit, as listings show it beside the commit.
import { isDvError } from '../base/index.js'
import { idKey } from '../hash/index.js'
import { listRefNames, readRef, type RefKind, shortRefName } from '../refs/index.js'
import { currentHead, type StoreView } from './context.js'
import type { RefLabel } from './results.js'

const KINDS = { heads: 'branch', tags: 'tag', remotes: 'remote' } as const satisfies Partial<
  Record<RefKind, RefLabel['kind']>
>

/** Labels by `idKey` of the commit: the head first, then branches (the current one first), tags, remote branches. */
export async function refLabels(view: StoreView): Promise<ReadonlyMap<string, RefLabel[]>> {
  const labels = new Map<string, RefLabel[]>()
  const add = (id: Uint8Array, label: RefLabel) => {
    const known = labels.get(idKey(id))
    if (known) known.push(label)
    else labels.set(idKey(id), [label])
  }
  const { head, ref: current, commit } = await currentHead(view)
  const onBranch = head.kind === 'branch'
  if (commit) add(commit, { kind: 'head', name: onBranch ? head.branch : 'HEAD' })
  if (commit && onBranch) add(commit, { kind: 'branch', name: head.branch })
  for (const [kind, label] of Object.entries(KINDS)) {
    for (const ref of await listRefNames(view.storage, kind as keyof typeof KINDS)) {
      if (ref === current) continue
      const target = await targetOf(view, ref)
      if (target) add(target, { kind: label, name: shortRefName(ref) })
    }
  }
  return labels
}

/** A damaged ref labels nothing: it is an error where it is used, and dv fsck names it. */
async function targetOf({ storage }: StoreView, ref: string): Promise<Uint8Array | undefined> {
  try {
    return (await readRef(storage, ref))?.value.target
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return undefined
    throw error
  }
}
