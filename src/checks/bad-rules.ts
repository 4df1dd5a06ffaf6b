// What is wrong with a rule file, and where.
import { DvError, RULES_PATH } from '../base/index.js'
import type { Place } from './rules.js'

export interface BadRules {
  nearest?: readonly string[]
  hint?: string
  cause?: unknown
}

export function badRules(
  what: string,
  place: Place,
  { nearest: names = [], hint, cause }: BadRules = {},
): DvError {
  const { line, column } = place
  const meant = names.length > 0 ? `did you mean ${names.map((name) => `'${name}'`).join(', ')}?` : hint
  return new DvError('DV_BAD_RULES', `'${RULES_PATH}' line ${line}, column ${column}: ${what}`, {
    data: { path: RULES_PATH, line, column, ...(names.length > 0 && { nearest: [...names] }) },
    ...(meant !== undefined && { hint: meant }),
    cause,
  })
}
