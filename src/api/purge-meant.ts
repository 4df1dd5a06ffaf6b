// Which contents a purge means, and where they are.
import { DvError } from '../base/index.js'
import { type ContentId, idKey, parseId } from '../hash/index.js'
import { findContents, type FindOptions, type FoundFile } from '../maintenance/index.js'
import type { PathFilter } from '../workspace/index.js'
import { type Context, pathFilter } from './context.js'
import { neededOutside } from './purge-spread.js'
import type { Target } from './purge-targets.js'
import { resolve } from './revisions.js'
import type { PurgeOptions } from './types.js'

/** The contents meant, of all stores together, each with all paths at which it is; none when all of them were purged
 * before. Throws DV_UNKNOWN_PATH for what was typed and never was there. */
export async function findMeant(
  context: Context,
  targets: readonly Target[],
  options: PurgeOptions,
): Promise<FoundFile[]> {
  const { at, signal, onProgress } = options
  const typed = new Typed(context, options)
  const commits =
    at.length > 0
      ? await Promise.all(at.map(async (name) => (await resolve(context, name)).commit))
      : undefined
  const meant = new Map<string, FoundFile>()
  const search = async (some: readonly Target[], isMeant: FindOptions['isMeant'], only?: typeof commits) => {
    for (const target of some) {
      const outside = () => outsideOf(context, target)
      add(meant, await findContents(target.store, { isMeant, commits: only, outside, signal, onProgress }))
    }
  }
  await search(
    commits ? targets.slice(0, 1) : targets,
    (path, content) => typed.means(path, content),
    commits,
  )
  typed.requireMet(options)
  if (meant.size > 0) await search(targets, (_, content) => meant.has(idKey(content)))
  return [...meant.values()]
}

/** What was typed, and which of it was met. */
class Typed {
  readonly #all: PathFilter | undefined
  readonly #paths: readonly { path: string; filter: PathFilter | undefined }[]
  readonly #contents: ReadonlyMap<string, string>
  readonly #met = new Set<string>()

  constructor(context: Context, { paths, contents }: Pick<PurgeOptions, 'paths' | 'contents'>) {
    this.#all = pathFilter(context, paths)
    const wanted = paths.filter((path) => !path.startsWith('!'))
    this.#paths = wanted.map((path) => ({ path, filter: pathFilter(context, [path]) }))
    this.#contents = new Map(contents.map((hex) => [idKey(parseContent(hex)), hex]))
  }

  means(file: string, content: ContentId): boolean {
    const hex = this.#contents.get(idKey(content))
    if (hex !== undefined) this.#met.add(hex)
    if (!this.#all?.matches(file)) return hex !== undefined
    for (const { path, filter } of this.#paths) if (filter?.matches(file)) this.#met.add(path)
    return true
  }

  /** A slip of the pen among many paths must not look as if it were purged. */
  requireMet({ at }: Pick<PurgeOptions, 'at'>): void {
    const all = [...this.#paths.map(({ path }) => path), ...this.#contents.values()]
    const unknown = all.filter((one) => !this.#met.has(one))
    if (unknown.length > 0) throw nothingFound(unknown, at)
  }
}

function outsideOf(context: Context, { store, remote }: Target) {
  return neededOutside(store.storage, remote ? undefined : context)
}

function add(all: Map<string, FoundFile>, found: ReadonlyMap<string, FoundFile>): void {
  for (const [key, file] of found) {
    const known = all.get(key)
    if (!known) all.set(key, file)
    else for (const path of file.paths) known.paths.add(path)
  }
}

function parseContent(hex: string) {
  if (/^[0-9a-f]{64}$/.test(hex)) return parseId<'content'>(hex)
  throw new DvError(
    'DV_USAGE',
    `'${hex}' is no content: 64 hex digits, as 'dv ls --json' and b3sum print them`,
    {
      data: { content: hex },
    },
  )
}

function nothingFound(unknown: readonly string[], at: readonly string[]): DvError {
  const what = unknown.map((text) => `'${text}'`).join(', ')
  const where = at.length > 0 ? ` in ${at.map((text) => `'${text}'`).join(', ')}` : ''
  return new DvError('DV_UNKNOWN_PATH', `No version has a file ${what}${where}`, {
    data: { paths: unknown, at },
    hint: "nothing was purged; 'dv log --all -- PATH' tells which commits have it, 'dv ls -R REV' what they hold",
  })
}
