import { corrupt, DvError } from '../base/index.js'
import type { ByteRange } from './port.js'

/** Whether `range` is a run of bytes of an object of `size` bytes. Nothing is allocated before this was asked. */
export function isInside(range: ByteRange, size: number): boolean {
  const { offset, length } = range
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  )
}

/** A range past the end: the object was cut short, or what named the range is damaged. */
export function beyondEnd(name: string, range: ByteRange, size: number): DvError {
  const { offset, length } = range
  return corrupt(`'${name}' has ${size} bytes, too few for ${length} at ${offset}`, {
    name,
    offset,
    length,
    size,
  })
}

export function notFound(name: string, location: string): DvError {
  return new DvError('DV_NOT_FOUND', `'${name}' is not in '${location}'`, { data: { name, location } })
}
