// What dv can say of a changed file beyond lines and byte ranges: a driver for each kind of file that it knows by name.
import { type DvError, isDvError } from '../base/index.js'
import { treeAttributes, workingAttributes } from './attributes.js'
import { type ComparedFiles, openBoth } from './compared-file.js'
import type { StoreView } from './context.js'
import type { DetailRecord } from './detail-results.js'
import type { DiffRecord } from './results.js'
import type { TreesCompared } from './table-diff.js'
import type { DiffOptions, RowsOptions } from './types.js'

/** Says of changes what their content does not. */
export interface Details {
  /** Whether it will say what changed in this file: its lines and bytes are then left out. */
  open(change: { path: string; from?: string }): Promise<boolean>
  /** Of the file that was opened last, once; nothing where none was. */
  records(): AsyncGenerator<DiffRecord>
  close(): Promise<void>
}

export interface DriverOptions {
  path: string
  /** Only sums. */
  summary: boolean
  /** Lines around a hunk. */
  context: number
  signal?: AbortSignal
}

/** Throws what is wrong with the heads of the files; undefined: they are not of its kind. */
export type Driver = (
  files: ComparedFiles,
  options: DriverOptions,
) => Promise<AsyncIterable<DetailRecord> | undefined>

export interface Kind {
  /** What files of it are called like. */
  takes: (path: string) => boolean
  driver: Driver
}

/** What `.dvattributes` may call a kind, and where to find it. */
const KINDS = {
  image: async (): Promise<Kind> => (await import('./image-diff.js')).IMAGE,
  notebook: async (): Promise<Kind> => (await import('./notebook-diff.js')).NOTEBOOK,
}

type KindOf = (path: string) => Promise<Kind | undefined>

/** Where paths were named, by what attributes say, else by the name. Where none was, only of notebooks: all of a picture
 * is read. Then attributes are asked of files called so, not of all that changed. */
function kindsIn(view: StoreView, { to, workdir }: TreesCompared, options: DiffOptions): KindOf {
  const isNamed = options.paths.length > 0
  const attributesOf = workdir ? workingAttributes(view) : treeAttributes(view, to!, options)
  return async (path) => {
    const known = [await KINDS.notebook(), ...(isNamed ? [await KINDS.image()] : [])]
    const called = known.find(({ takes }) => takes(path))
    if (!called && !isNamed) return undefined
    const { driver } = await attributesOf(path)
    if (driver === undefined) return called
    return driver === 'image' || driver === 'notebook' ? KINDS[driver]() : undefined
  }
}

interface Found {
  path: string
  files: ComparedFiles
  records: AsyncIterable<DetailRecord>
}

export function openDetails(
  view: StoreView,
  trees: TreesCompared,
  { rows, ...options }: DiffOptions & { rows: RowsOptions },
): Details {
  const { signal } = options
  const kindOf = kindsIn(view, trees, options)
  // Attributes speak of many files; of the only one that is named, those who look for tables have told what is wrong.
  let isTold = options.paths.length === 1
  const warn = ({ code, message }: DvError) => {
    if (code !== 'DV_BAD_ATTRIBUTES') view.surroundings.warn?.(`${message}; its bytes are compared`)
    else if (!isTold) view.surroundings.warn?.(`${message}; lines and bytes are compared`)
    isTold ||= code === 'DV_BAD_ATTRIBUTES'
  }
  let found: Found | undefined
  const close = () => {
    if (found) closeBoth(found.files)
    found = undefined
  }
  return {
    async open({ path, from }) {
      close()
      const wanted = { path, summary: rows.summary, context: options.context, ...(signal && { signal }) }
      let files: ComparedFiles | undefined
      try {
        const kind = await kindOf(path)
        files = kind && (await openBoth(view, trees, { path, was: from ?? path, work: options }))
        const records = files && (await kind!.driver(files, wanted))
        if (files && records) found = { path, files, records }
      } catch (error) {
        if (!isOfTheFile(error)) throw error
        warn(error)
      } finally {
        if (files && !found) closeBoth(files)
      }
      return found !== undefined
    },
    async *records() {
      if (found) yield* untilDamage(found)
      close()
    },
    close: async () => close(),
  }
}

function closeBoth({ before, after }: ComparedFiles): void {
  before.close()
  after.close()
}

/** What is wrong with a file, or with what its attributes say of it. */
const OF_THE_FILE: string[] = ['DV_BAD_IMAGE', 'DV_BAD_ATTRIBUTES', 'DV_FILE_CHANGED']

function isOfTheFile(error: unknown): error is DvError {
  return isDvError(error) && OF_THE_FILE.includes(error.code)
}

/** Damage in one file is told, and the next is compared. */
async function* untilDamage({ path, files, records }: Found): AsyncGenerator<DetailRecord> {
  try {
    yield* records
    files.after.check()
  } catch (error) {
    if (!isOfTheFile(error)) throw error
    yield { type: 'unread', path, code: error.code, message: error.message }
  }
}
