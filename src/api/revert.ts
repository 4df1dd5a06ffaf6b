// dv revert: takes back what one commit changed, as a new commit; what came after it stays. It is a merge of the tree
// before that commit, with the commit's own tree as base. Of a merge commit, what the merge brought in is taken back.
import { DvError } from '../base/index.js'
import { toHex } from '../hash/index.js'
import { readCommit } from '../history/index.js'
import { emptyTree } from './checkout.js'
import { refuseDuringMerge } from './conflicts.js'
import { type Context, currentHead, manifestOf, withLock } from './context.js'
import { short, subjectOf } from './present.js'
import type { MergeResult } from './results.js'
import { resolve } from './revisions.js'
import { checkedMessage, joinTrees } from './three-way.js'
import type { Work } from './types.js'

export interface RevertOptions extends Work {
  revision: string
  message?: string
  checks?: boolean
}

export function revert(context: Context, options: RevertOptions): Promise<MergeResult> {
  return withLock(context, () => revertLocked(context, options))
}

async function revertLocked(context: Context, options: RevertOptions): Promise<MergeResult> {
  const { revision } = options
  const head = await currentHead(context)
  await refuseDuringMerge(context, `Reverting '${revision}'`)
  const { commit } = await resolve(context, revision)
  if (!head.commit) {
    throw new DvError('DV_USAGE', 'There is no commit on this branch yet that could be reverted')
  }
  const taken = await readCommit(context.store, commit)
  const [parent] = taken.parents
  const message = `Revert "${subjectOf(taken.message)}"\n\nThis takes back commit ${toHex(commit)}.`
  return joinTrees(
    context,
    {
      ...{ kind: 'revert', head: { ...head, commit: head.commit }, theirs: commit, theirsName: revision },
      trees: async () => ({
        base: taken.manifest,
        theirs: parent ? (await manifestOf(context, parent))! : await emptyTree(context),
      }),
      labels: {
        ours: head.head.kind === 'branch' ? head.head.branch : short(head.commit),
        theirs: `before-${short(commit)}`,
      },
      message: checkedMessage(options.message, message),
      parents: [head.commit],
    },
    options,
  )
}
