// The list of what is here, made anew from what lies on disk where it is lost: what is not here by intent must not seem
// deleted.
import { isDvError } from '../base/index.js'
import type { RepairedRecord } from '../maintenance/index.js'
import { iterEntries } from '../manifest/index.js'
import { DV_FOLDER, NOTHING_HERE, scanPath, setStateAside, writeSparse } from '../workspace/index.js'
import { type Context, currentHead, manifestOf } from './context.js'

/** `records`: those that were found lost; what this replaces is returned, and is no longer among them. */
export async function repairSparse(context: Context, records: RepairedRecord[]): Promise<RepairedRecord[]> {
  const name = `${DV_FOLDER}/sparse`
  const at = records.findIndex((record) => record.name === name && record.outcome === 'lost')
  if (at < 0) return []
  const patterns = await whatIsHere(context)
  if (patterns === 'unknown') return []
  records.splice(at, 1)
  const aside = `${DV_FOLDER}/${setStateAside(context.workdir.dvDir, 'sparse')}`
  writeSparse(context.workdir, patterns)
  return [{ name, outcome: 'replaced', what: 'what is on disk', aside }]
}

/** Undefined: everything is. Else the shorter of two lists: what is here, or what is not. */
async function whatIsHere(context: Context): Promise<readonly string[] | undefined | 'unknown'> {
  const here: string[] = []
  const away: string[] = []
  try {
    const manifest = await manifestOf(context, (await currentHead(context)).commit)
    if (!manifest) return undefined
    for await (const batch of iterEntries(context.store, manifest)) {
      for (const [path] of batch) {
        if (scanPath(context.workdir.root, path)) here.push(path)
        else away.push(`!${path}`)
      }
    }
  } catch (error) {
    if (!isDvError(error)) throw error
    return 'unknown'
  }
  if (away.length === 0) return undefined
  if (here.length === 0) return NOTHING_HERE
  return away.length < here.length ? away : here
}
