// The records of what is not here made anew where they are damaged, from what lies on disk: what is not here must not seem
// deleted.
import { isDvError } from '../base/index.js'
import type { RepairedRecord } from '../maintenance/index.js'
import { iterEntries, type PathEntry } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import {
  DV_FOLDER,
  LostContents,
  NOTHING_HERE,
  scanPath,
  setStateAside,
  writeSparse,
  writeState,
} from '../workspace/index.js'
import { asideOf } from './repair-workdir.js'
import { type Context, currentHead, manifestOf, sparseFilter } from './context.js'

/** `records`: those that were found lost; what this replaces is returned, and is no longer among them. */
export async function repairSparse(context: Context, records: RepairedRecord[]): Promise<RepairedRecord[]> {
  return [
    ...(await remake(context, records, { name: 'sparse', make: makeSparse, what: 'what is on disk' })),
    ...(await remake(context, records, { name: 'lost', make: makeLost, what: 'what is not on disk' })),
  ]
}

interface Remaking {
  name: 'sparse' | 'lost'
  /** False: the tree cannot be read. */
  make: (context: Context) => Promise<boolean>
  what: string
}

async function remake(
  context: Context,
  records: RepairedRecord[],
  { name, make, what }: Remaking,
): Promise<RepairedRecord[]> {
  const full = `${DV_FOLDER}/${name}`
  const at = records.findIndex((record) => record.name === full && record.outcome === 'lost')
  if (at < 0) return []
  const aside = asideOf(setStateAside(context.workdir.dvDir, name))
  if (!(await make(context))) return []
  records.splice(at, 1)
  return [{ name: full, outcome: 'replaced', what, ...aside }]
}

/** The shorter of two lists, of what is here or of what is not; none where all is. */
async function makeSparse(context: Context): Promise<boolean> {
  const here: string[] = []
  const away: string[] = []
  const isRead = await eachRecorded(context, ([path]) => {
    if (scanPath(context.workdir.root, path)) here.push(path)
    else away.push(`!${path}`)
  })
  if (!isRead) return false
  const shorter = away.length < here.length ? away : here
  const patterns = away.length === 0 ? undefined : here.length === 0 ? NOTHING_HERE : shorter
  writeSparse(context.workdir, patterns)
  return true
}

async function makeLost(context: Context): Promise<boolean> {
  const lost = new LostContents()
  const sparse = sparseFilter(context.workdir)
  const isRead = await eachRecorded(context, ([path, entry]) => {
    const isHere = sparse?.matches(path) === false || scanPath(context.workdir.root, path)
    if (isFile(entry) && !isHere) lost.add(entry.content)
  })
  if (!isRead) return false
  if (lost.count > 0) lost.save(context.workdir)
  else writeState(context.workdir.dvDir, 'lost', undefined)
  return true
}

async function eachRecorded(context: Context, take: (entry: PathEntry) => void): Promise<boolean> {
  try {
    const manifest = await manifestOf(context, (await currentHead(context)).commit)
    if (!manifest) return true
    for await (const batch of iterEntries(context.store, manifest)) batch.forEach(take)
    return true
  } catch (error) {
    if (!isDvError(error)) throw error
    return false
  }
}
