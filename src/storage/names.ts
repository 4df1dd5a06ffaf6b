// Names of objects: what every adapter, file system and bucket can hold. Format: spec/09-layout.md, "Names".
import { DvError } from '../base/index.js'

export const NAME_CHARS_MAX = 1024
const PART = /^[a-z0-9._%@-]{0,254}[a-z0-9_%@-]$/
/** Folders a directory adapter needs for itself. */
const RESERVED = new Set(['tmp', 'cas', 'derived'])
/** The table of spec/09-layout.md. */
const MUTABLE = /^((refs|workdirs)\/|(index\/root|config)$)/

/** Throws DV_BAD_NAME unless `name` may name an object; returns it. */
export function checkName(name: string): string {
  if (isName(name)) return name
  const shown = name.slice(0, 120)
  throw new DvError('DV_BAD_NAME', `'${shown}' cannot name an object in a store`, { data: { name: shown } })
}

/** Whether `name` may name an object. */
export function isName(name: string): boolean {
  const parts = name.split('/')
  return name.length <= NAME_CHARS_MAX && parts.every(isNamePart) && !RESERVED.has(parts[0]!)
}

/** Whether `name` is one of those that change: all others are put once. A bucket's listing does not tell them apart. */
export function isMutable(name: string): boolean {
  return MUTABLE.test(name)
}

/** Throws DV_BAD_NAME unless names of objects can begin with `prefix`; returns it. */
export function checkPrefix(prefix: string): string {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  checkName(`${folder}x`)
  return prefix
}

/** Whether `part` may stand between two slashes. Neither '.' nor '..' can: no part ends with a dot. */
export function isNamePart(part: string): boolean {
  return PART.test(part)
}
