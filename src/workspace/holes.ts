// Files of a tree that a checkout did not write, by what is told of them.
import { DvError } from '../base/index.js'

export interface Holes<Why> {
  count: number
  /** The first of them. */
  items: ({ path: string } & Why)[]
}

const HOLES_NAMED = 20

export function withHole<Why>(holes: Holes<Why> | undefined, item: Holes<Why>['items'][number]): Holes<Why> {
  const { count, items } = holes ?? { count: 0, items: [] }
  return { count: count + 1, items: count < HOLES_NAMED ? [...items, item] : items }
}

export function onlyCopy(path: string, cause: DvError): DvError {
  const message = `Neither what stands at '${path}' nor what is to take its place can be read from the store: it stays`
  return new DvError('DV_CORRUPT', message, {
    data: { path },
    hint: "'dv repair' stores what stands there anew, and names what is damaged; then type the command again",
    cause,
  })
}
