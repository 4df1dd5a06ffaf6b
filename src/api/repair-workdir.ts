// The state of a working directory put right, so that the repository can be opened: what one flipped bit damaged is mended;
// the rest is set from what the store knows, and the damaged file is kept beside it.
import fs from 'node:fs'
import path from 'node:path'
import { isDvError } from '../base/index.js'
import { allOperations, type RepairedRecord } from '../maintenance/index.js'
import { type HeadState, newWorkdirId, STORE_FORMAT_NAME } from '../repo/index.js'
import { type DirectoryStorage, openDirectoryStorage } from '../storage/index.js'
import {
  DV_FOLDER,
  type DamagedState,
  findWorkdir,
  type Head,
  mendStates,
  recordWorkdir,
  setStateAside,
  type Workdir,
  writeHead,
  writeState,
} from '../workspace/index.js'
import { defaultBranch } from './default-branch.js'
import { listWorkdirs } from './worktree-list.js'

/** The working directory around `cwd`, whose records can be read afterwards. With `dryRun` nothing is changed. */
export async function repairWorkdir(
  cwd: string,
  { dryRun }: { dryRun: boolean },
): Promise<{ workdir: Workdir; records: RepairedRecord[] }> {
  const dvDir = path.join(rootOf(cwd), DV_FOLDER)
  const damaged = mendStates(dvDir, { dryRun })
  const records = damaged.filter(({ isMended }) => isMended).map(mendedRecord)
  const lost = damaged.filter(({ isMended }) => !isMended).map(({ name }) => name)
  if (lost.includes('workdir.json') && !dryRun) records.push(await remakeWorkdir(dvDir))
  const workdir = findWorkdir(cwd)
  if (dryRun) return { workdir, records: [...records, ...lost.map(lostRecord)] }
  for (const name of lost) {
    // What is not here must not seem deleted: that waits until the tree can be read (repair-sparse.ts).
    if (name === 'sparse' || name === 'lost') records.push(lostRecord(name))
    else if (name !== 'workdir.json') records.push(await replaceState(workdir, name))
  }
  return { workdir, records }
}

function rootOf(cwd: string): string {
  let folder = path.resolve(cwd)
  const isRoot = (name: string) => fs.existsSync(path.join(folder, DV_FOLDER, name))
  while (!isRoot('workdir.json') && !isRoot(`store/${STORE_FORMAT_NAME}`)) {
    // Throws what says that there is none.
    if (folder === path.dirname(folder)) return findWorkdir(cwd).root
    folder = path.dirname(folder)
  }
  return folder
}

function mendedRecord({ name }: DamagedState): RepairedRecord {
  return { name: `${DV_FOLDER}/${name}`, outcome: 'mended' }
}

function lostRecord(name: string): RepairedRecord {
  return { name: `${DV_FOLDER}/${name}`, outcome: 'lost' }
}

/** Its store is looked for where it mostly is, and its name in the log where the store says who lives here. */
async function remakeWorkdir(dvDir: string): Promise<RepairedRecord> {
  const root = path.dirname(dvDir)
  const store = path.join(dvDir, 'store')
  // Throws what is wrong with the record.
  if (!fs.existsSync(path.join(store, STORE_FORMAT_NAME))) findWorkdir(root)
  const storage = openDirectoryStorage(store)
  const known = await listWorkdirs(storage).catch((error: unknown) => {
    if (!isDvError(error, 'DV_CORRUPT')) throw error
    return []
  })
  const id = known.find((one) => path.resolve(one.root) === root)?.id ?? newWorkdirId()
  const aside = asideOf(setStateAside(dvDir, 'workdir.json'))
  recordWorkdir(root, { id, store })
  return { ...lostRecord('workdir.json'), outcome: 'replaced', what: `the store in '${store}'`, ...aside }
}

export function asideOf(name: string | undefined): { aside?: string } {
  return name === undefined ? {} : { aside: `${DV_FOLDER}/${name}` }
}

async function replaceState(workdir: Workdir, name: DamagedState['name']): Promise<RepairedRecord> {
  const aside = asideOf(setStateAside(workdir.dvDir, name))
  if (name !== 'head') {
    writeState(workdir.dvDir, name, undefined)
    return { ...lostRecord(name), ...aside }
  }
  const { head, what } = await lastHead(openDirectoryStorage(workdir.store), workdir)
  writeHead(workdir, head, [])
  return { ...lostRecord(name), outcome: 'replaced', what, ...aside }
}

/** What the newest operation of a working directory says was checked out. */
async function lastHead(storage: DirectoryStorage, { id }: Workdir): Promise<{ head: Head; what: string }> {
  let last: { n: number; id: string; after: HeadState } | undefined
  for await (const operation of allOperations(storage)) {
    if (!operation.head || !operation.id.startsWith(`${id}-`) || operation.n <= (last?.n ?? 0)) continue
    last = { n: operation.n, id: operation.id, after: operation.head.after }
  }
  const { branch, commit } = last?.after ?? {}
  const what = last ? `what operation '${last.id}' set it to` : 'the default branch'
  if (branch === undefined && commit) return { head: { kind: 'commit', commit }, what }
  return { head: { kind: 'branch', branch: branch ?? (await defaultBranch(storage)) }, what }
}
