// What a check finds, as data.
import { type DvError, isDvError } from '../base/index.js'

export interface Problem {
  /** `damaged`: it is there and wrong. `missing`: something names it and it is not there. `unreadable`: it cannot be
   * looked at, because the system refuses or because what it stands on is lost. */
  kind: 'damaged' | 'missing' | 'unreadable'
  /** 'pack', 'segment', 'index root', 'ref', 'operation', 'commit', 'manifest', 'recipe', 'chunk' … */
  object: string
  /** Id in hex, or the name it is stored under. */
  name: string
  what: string
  /** What can no longer be read because of it, at most REACHES_MAX. */
  reaches: Reached[]
}

/** In which order findings are told: what is damaged itself, then the files, the commits and the refs made of it. */
const ORDER = [
  ...['format record', 'index root', 'segment', 'pack', 'block', 'item', 'base', 'chunk'],
  ...['recipe', 'value', 'file', 'path', 'manifest', 'commit', 'tag', 'ref', 'operation'],
]

export interface Reached {
  /** Of the commit in hex; or of the operation that saved the files, where no commit holds them. */
  commit: string
  /** Absent: no path can be named, or all are affected. */
  path?: string
  /** The refs whose history holds the commit, those of at most REFS_MAX refs. */
  refs?: readonly string[]
}

export const REACHES_MAX = 100
/** More problems than these are counted, not listed. */
const PROBLEMS_MAX = 10_000

export class Problems {
  readonly #byName = new Map<string, Problem>()
  #more = 0

  get size(): number {
    return this.#byName.size + this.#more
  }

  /** The problem of this object; the first thing found wrong with it stays. */
  add(found: Omit<Problem, 'reaches'>): Problem {
    const key = `${found.object} ${found.name}`
    const known = this.#byName.get(key)
    if (known) return known
    const problem: Problem = { ...found, reaches: [] }
    if (this.#byName.size < PROBLEMS_MAX) this.#byName.set(key, problem)
    else this.#more++
    return problem
  }

  list(): Problem[] {
    const list = [...this.#byName.values()].sort((a, b) => placeOf(a) - placeOf(b))
    if (this.#more > 0) {
      const what = `${this.#more} more problems are not listed`
      list.push({ kind: 'damaged', object: 'store', name: '', what, reaches: [] })
    }
    return list
  }
}

function placeOf({ object }: Problem): number {
  const at = ORDER.indexOf(object)
  return at < 0 ? ORDER.length : at
}

/** Adds what a problem reaches, once, while there is room. Returns whether there may be more to find. */
export function addReached(problem: Problem, reached: Reached): boolean {
  const { reaches } = problem
  if (reaches.length >= REACHES_MAX) return false
  const { commit, path } = reached
  if (!reaches.some((known) => known.commit === commit && known.path === path)) reaches.push(reached)
  return true
}

/** A server that cannot be asked says nothing of what it keeps. */
const OUT_OF_REACH: ReadonlySet<string> = new Set([
  ...['DV_NO_BUCKET', 'DV_NO_CREDENTIALS', 'DV_BAD_CREDENTIALS', 'DV_EXPIRED_CREDENTIALS'],
  ...['DV_WRONG_REGION', 'DV_CLOCK_SKEW', 'DV_TLS'],
])

/** What an error says of the object that was looked at. What is no damage is thrown. */
export function asFinding(error: unknown): { kind: Problem['kind']; what: string } {
  if (!isDvError(error) || error.code === 'DV_INTERRUPTED') throw error
  if (OUT_OF_REACH.has(error.code) || error.data['retryable'] === true) throw error
  return { kind: kindOf(error), what: error.message }
}

function kindOf({ code }: DvError): Problem['kind'] {
  if (code === 'DV_MISSING_OBJECT' || code === 'DV_NOT_FOUND') return 'missing'
  return code === 'DV_IO' || code === 'DV_PERMISSION' ? 'unreadable' : 'damaged'
}
