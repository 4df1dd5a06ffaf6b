// The stores that operands name: the one around the current directory, and others, each opened when it is first named.
import { DvError, isDvError } from '../base/index.js'
import { parseElsewhere } from '../history/index.js'
import { readGlobalConfig } from '../repo/index.js'
import {
  closeContext,
  type Context,
  effectiveConfig,
  globalConfigFile,
  openContext,
  type StoreView,
} from './context.js'
import { isRevision } from './revisions.js'
import type { RemoteInfo } from './results.js'
import type { Surroundings } from './types.js'

/** A revision or range, and the store it is of. */
export interface Meant {
  view: StoreView
  revisions: string
}

/** The one store that all of these are of; the one here when there are none. Throws DV_USAGE when they are of several:
 * what the same id leads to is in one place only. */
export async function allOfOne(
  stores: Stores,
  typed: readonly string[],
): Promise<{ view: StoreView; texts: string[] }> {
  const meant = await Promise.all(typed.map((text) => stores.meant(text)))
  const view = meant[0]?.view ?? stores.here
  const other = meant.findIndex((one) => one.view !== view)
  if (other < 0) return { view, texts: meant.map(({ revisions }) => revisions) }
  throw new DvError('DV_USAGE', `'${typed[0]}' and '${typed[other]}' are in different stores`, {
    data: { revisions: [...typed] },
    hint: "bring one into the other with 'dv fetch', then name it as 'origin/main'",
  })
}

export class Stores {
  readonly surroundings: Surroundings
  readonly #here: Context | DvError
  readonly #others = new Map<string, Promise<StoreView>>()

  readonly #openView: OpenView

  /** `here`: the open repository, or why there is none. It is closed by whoever opened it. */
  constructor(surroundings: Surroundings, here: Context | DvError, openView: OpenView = openElsewhere) {
    this.surroundings = surroundings
    this.#here = here
    this.#openView = openView
  }

  /** The repository one is in. Throws why there is none. */
  get here(): Context {
    if (this.#here instanceof DvError) throw this.#here
    return this.#here
  }

  get context(): Context | undefined {
    return this.#here instanceof DvError ? undefined : this.#here
  }

  /** The store of an address: a remote's name, a folder or a URL; without it, the one here. */
  at(repo: string | undefined): Promise<StoreView> {
    if (repo === undefined) return Promise.resolve(this.here)
    let view = this.#others.get(repo)
    if (!view) {
      view = this.#open(repo)
      this.#others.set(repo, view)
    }
    return view
  }

  /** What a revision or range is of: of a store elsewhere if it says so and does not name commits here. '^REPO@REV'
   * becomes '^REV' there. */
  async meant(text: string): Promise<Meant> {
    const sign = text.startsWith('^') ? '^' : ''
    const elsewhere = await this.#elsewhere(text.slice(sign.length))
    if (elsewhere) return { ...elsewhere, revisions: sign + elsewhere.revisions }
    return { view: this.here, revisions: text }
  }

  /** Whether a word names commits, here or elsewhere, rather than a path: 'A', '^A', 'A..B', 'A...B'. */
  async isRevision(text: string): Promise<boolean> {
    return (await this.#isHere(text)) || (await this.#elsewhere(text.replace(/^\^/, ''))) !== undefined
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#others.values())
    for (const view of opened) if (view.status === 'fulfilled') view.value.storage.close()
  }

  async #elsewhere(text: string): Promise<Meant | undefined> {
    const place = parseElsewhere(text)
    if (!place || !(await this.#isMeant(text, place.repo))) return undefined
    return { view: await this.at(place.repo), revisions: place.revisions }
  }

  /** A branch may have an '@' in its name, and what stands before it need not be a remote. */
  async #isMeant(text: string, repo: string): Promise<boolean> {
    if (/^[a-z][a-z0-9+.-]*:[\\/]/i.test(text)) return true
    if (await this.#isHere(text)) return false
    return /[\\/]/.test(repo) || (await this.#config()).remotes.has(repo)
  }

  async #isHere(text: string): Promise<boolean> {
    const { context } = this
    if (!context || text === '') return false
    for (const part of text.replace(/^\^(?=.)/, '').split(/\.{2,3}/))
      if (part !== '' && !(await isRevision(context, part))) return false
    return true
  }

  async #open(repo: string): Promise<StoreView> {
    const { remoteMeant } = await import('./remote-store.js')
    return this.#openView(this.surroundings, remoteMeant(await this.#config(), repo, this.surroundings.cwd))
  }

  async #config() {
    const { context, surroundings } = this
    return context ? effectiveConfig(context) : readGlobalConfig(globalConfigFile(surroundings))
  }
}

type OpenView = (surroundings: Surroundings, remote: RemoteInfo) => Promise<StoreView>

const openElsewhere: OpenView = async (surroundings, remote) =>
  (await import('./store-view.js')).openView(surroundings, remote)

/** Opens what is around the current directory, if anything is: operands may name stores elsewhere all the same. */
export async function openStores(surroundings: Surroundings): Promise<Stores> {
  return new Stores(surroundings, await openContext(surroundings).catch(onlyDvErrors))
}

function onlyDvErrors(error: unknown): DvError {
  if (isDvError(error)) return error
  throw error
}

export async function closeStores(stores: Stores): Promise<void> {
  await stores.close()
  if (stores.context) await closeContext(stores.context)
}
