// Damage of the index, as told from damage of the store: only the former is mended by making the index anew.
import { corrupt, type DvError, isDvError } from '../base/index.js'

export const WHAT = 'search index'

export function indexDamage(reason: string): DvError {
  return corrupt(`The ${WHAT} is damaged: ${reason}`, { what: WHAT })
}

export function isIndexDamage(error: unknown): boolean {
  return isDvError(error, 'DV_CORRUPT') && error.data?.['what'] === WHAT
}
