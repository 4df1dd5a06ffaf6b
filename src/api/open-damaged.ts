// The repository around, opened although the records that are read first may be damaged: what can be told of the rest is.
import fs from 'node:fs'
import path from 'node:path'
import { isDvError } from '../base/index.js'
import type { Problem } from '../maintenance/index.js'
import { type Config, readGlobalConfig, readStoreFormat, STORE_FORMAT_NAME } from '../repo/index.js'
import { type DirectoryStorage, openDirectoryStorage } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import { DV_FOLDER, findWorkdir, type Workdir } from '../workspace/index.js'
import { closeContext, type Context, effectiveConfig, globalConfigFile, openContext } from './context.js'
import type { Surroundings } from './types.js'

/** All of a context that does not come from the format record. */
export type DamagedContext = Pick<Context, 'surroundings' | 'storage' | 'store' | 'workdir'>

/** `problems`: what is wrong with the records that a repository is opened by. Throws DV_NO_REPOSITORY, and what keeps even
 * a look from being taken. */
export async function openDamaged(
  surroundings: Surroundings,
): Promise<{ context: DamagedContext; problems: Problem[] }> {
  const problems: Problem[] = []
  const workdir = findDamaged(surroundings.cwd, problems)
  const storage = openDirectoryStorage(workdir.store)
  await checkFormat(storage, problems)
  return { context: { surroundings, workdir, storage, store: new ObjectStore(storage) }, problems }
}

/** The settings of the repository around, if there is one that can be opened, else the user's own. */
export async function configAround(surroundings: Surroundings): Promise<Config> {
  const context = await openContext(surroundings).catch((error: unknown) => {
    if (!isDvError(error, 'DV_NO_REPOSITORY')) throw error
    return undefined
  })
  if (!context) return readGlobalConfig(globalConfigFile(surroundings))
  try {
    return await effectiveConfig(context)
  } finally {
    await closeContext(context)
  }
}

/** Where the record of the working directory is damaged, its store is looked for where it mostly is. */
function findDamaged(cwd: string, problems: Problem[]): Workdir {
  try {
    return findWorkdir(cwd)
  } catch (error) {
    if (!isDvError(error, 'DV_CORRUPT')) throw error
    const root = rootAbove(cwd)
    const dvDir = path.join(root, DV_FOLDER)
    const store = path.join(dvDir, 'store')
    if (!fs.existsSync(store)) throw error
    const what = `${error.message}; its store is taken to be '${store}'`
    problems.push({ kind: 'damaged', object: 'working directory', name: root, what, reaches: [] })
    return { root, dvDir, id: '', store }
  }
}

function rootAbove(cwd: string): string {
  let folder = path.resolve(cwd)
  while (!fs.existsSync(path.join(folder, DV_FOLDER, 'workdir.json'))) folder = path.dirname(folder)
  return folder
}

/** A folder without a format record is a store that lost it when packs are in it. */
async function checkFormat(storage: DirectoryStorage, problems: Problem[]): Promise<void> {
  try {
    await readStoreFormat(storage)
  } catch (error) {
    const isLost =
      isDvError(error, 'DV_NO_STORE') && fs.existsSync(path.join(storage.properties.localRoot, 'packs'))
    if (!isLost && !isDvError(error, 'DV_CORRUPT')) throw error
    const kind = isLost ? 'missing' : 'damaged'
    problems.push({
      kind,
      object: 'format record',
      name: STORE_FORMAT_NAME,
      what: error.message,
      reaches: [],
    })
  }
}
