// What dv can say of a changed file beyond lines and byte ranges: a driver for each kind of file that it knows by name.
import { type DvError, isDvError } from '../base/index.js'
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

/** The kinds by name. Pictures only of files that were asked for: all of them is read. */
const KINDS = {
  image: { named: true, load: async (): Promise<Kind> => (await import('./image-diff.js')).IMAGE },
  notebook: { named: false, load: async (): Promise<Kind> => (await import('./notebook-diff.js')).NOTEBOOK },
}

async function kindsFor(named: boolean): Promise<Kind[]> {
  return Promise.all(
    Object.values(KINDS)
      .filter((kind) => named || !kind.named)
      .map((kind) => kind.load()),
  )
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
  const { signal, paths } = options
  let kinds: Kind[] | undefined
  let found: Found | undefined
  const close = () => {
    if (found) closeBoth(found.files)
    found = undefined
  }
  return {
    async open({ path, from }) {
      close()
      kinds ??= await kindsFor(paths.length > 0)
      const driver = kinds.find(({ takes }) => takes(path))?.driver
      const files = driver && (await openBoth(view, trees, { path, was: from ?? path, work: options }))
      if (!files) return false
      try {
        const wanted = { path, summary: rows.summary, context: options.context, ...(signal && { signal }) }
        const records = await driver(files, wanted)
        if (records) found = { path, files, records }
        else closeBoth(files)
      } catch (error) {
        closeBoth(files)
        if (!isOfTheFile(error)) throw error
        view.surroundings.warn?.(`${error.message}; its bytes are compared`)
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

function isOfTheFile(error: unknown): error is DvError {
  return isDvError(error, 'DV_BAD_IMAGE') || isDvError(error, 'DV_FILE_CHANGED')
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
