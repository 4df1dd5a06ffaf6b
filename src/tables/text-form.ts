// How the text of a table is to be read, where users say so.
import type { Attributes } from '../attributes/index.js'

export interface TextForm {
  delimiter?: string
  /** Whether the first record names the columns. */
  header?: boolean
  /** 'text': as it is written, for SQL too. */
  types?: 'text'
}

/** Undefined when nothing is said. */
export function formOf({ delimiter, header, types }: Attributes): TextForm | undefined {
  if (delimiter === undefined && header === undefined && types === undefined) return undefined
  return {
    ...(delimiter !== undefined && { delimiter }),
    ...(header !== undefined && { header }),
    ...(types !== undefined && { types }),
  }
}
