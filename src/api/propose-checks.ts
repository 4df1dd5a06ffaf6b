// dv init --checks: rules proposed from what the working directory is like.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, RULES_PATH, utf8 } from '../base/index.js'
import { type ImagesLike, isPlainPath, proposeRules, type TableLike, writeRules } from '../checks/index.js'
import { discardFile, placeNewFile, temporaryName, writeFileAtomic } from '../files/index.js'
import { DV_FOLDER } from '../workspace/index.js'
import type { Context } from './context.js'
import { profileVersion } from './profile.js'
import type { ChecksProposed, FolderProfile } from './results.js'
import type { Stores } from './stores.js'
import type { Work } from './types.js'
import { versionMeant } from './version-meant.js'

/** More tables than anyone reads rules of. */
const TABLES_MAX = 100

export async function propose(stores: Stores, work: Work): Promise<ChecksProposed> {
  const context = stores.here
  const file = path.join(context.workdir.root, RULES_PATH)
  refuseExisting(file)
  const version = await versionMeant(stores, undefined, work)
  const tables: TableLike[] = []
  const images: ImagesLike[] = []
  let passedOver = 0
  for await (const record of profileVersion(stores, version, { ...work, paths: [] })) {
    if (record.type === 'folder') images.push(...imagesOf(record))
    if (record.type !== 'table') continue
    if ('error' in record || !isPlainPath(record.path) || tables.length >= TABLES_MAX) passedOver++
    else tables.push(record)
  }
  const rules = proposeRules(tables, withoutWhole(images))
  writeNew(context, file, writeRules(rules, HEAD))
  return { file: RULES_PATH, tables: tables.length, images: rules.files?.length ?? 0, passedOver }
}

const HEAD = [
  "Proposed by 'dv init --checks' from what the data was like. Say here what it should be like: tighten, remove, add.",
  "'dv check' holds the data against it; 'gate: [commit]' keeps what fails from being recorded. Format: spec/25-checks.md",
]

function refuseExisting(file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) return
  throw new DvError('DV_ALREADY_EXISTS', `There is already a file '${RULES_PATH}'`, {
    data: { path: RULES_PATH },
    hint: "nothing was changed: 'dv check' holds the data against it; move it away to have rules proposed",
  })
}

/** All images of the folder, which are all alike. */
function imagesOf({ path: folder, images, formats }: FolderProfile): ImagesLike[] {
  if (!images || images.looked < images.files || images.unreadable > 0 || !isPlainPath(folder)) return []
  const [kind, ...others] = images.kinds
  const ending = formats.find(({ files }) => files === images.files)
  if (!kind || others.length > 0 || !ending || !/^\w+$/.test(ending.extension)) return []
  return [
    { path: folder, extension: ending.extension, files: images.files, shape: kind.shape, type: kind.type },
  ]
}

/** The top says nothing that its folders do not. */
function withoutWhole(images: readonly ImagesLike[]): ImagesLike[] {
  const folders = images.filter(({ path: folder }) => folder !== '')
  return folders.length > 0 ? folders : [...images]
}

/** Whole or not there, and never in the place of another's. */
function writeNew({ workdir }: Context, file: string, text: string): void {
  const temporary = temporaryName(path.join(workdir.root, DV_FOLDER, 'checks'))
  try {
    writeFileAtomic(temporary, utf8(text), { sync: true })
    placeNewFile(temporary, file)
  } catch (error) {
    discardFile(temporary)
    refuseExisting(file)
    throw fromSystemError(error, 'write', RULES_PATH)
  }
}
