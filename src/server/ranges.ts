// The Range header of RFC 9110, section 14, as far as bytes go.

export interface Range {
  offset: number
  length: number
}

/** More than programs ask for at once, fewer than cost much. */
const RANGES_MAX = 100

/** The ranges that are wanted of `size` bytes. 'all': the header says nothing about bytes. 'none': it wants what is not
 * there, or cannot be read. */
export function readRanges(header: string | undefined, size: number): Range[] | 'all' | 'none' {
  if (header === undefined || !/^bytes\s*=/i.test(header)) return 'all'
  const specs = header.slice(header.indexOf('=') + 1).split(',')
  if (specs.length > RANGES_MAX) return 'none'
  const ranges: Range[] = []
  for (const spec of specs) {
    const [, first, last] = /^\s*(\d*)-(\d*)\s*$/.exec(spec) ?? []
    if (first === undefined || last === undefined || (first === '' && last === '')) return 'none'
    const range = rangeOf(first, last, size)
    if (range === 'none') return 'none'
    if (range) ranges.push(range)
  }
  return ranges.length === 0 ? 'none' : ranges
}

/** Undefined for one that lies behind the end: others may not. */
function rangeOf(first: string, last: string, size: number): Range | 'none' | undefined {
  if (first === '') {
    const length = Math.min(size, Number(last))
    return length === 0 ? undefined : { offset: size - length, length }
  }
  const offset = Number(first)
  const end = last === '' ? size : Number(last) + 1
  if (end <= offset && last !== '') return 'none'
  return offset >= size ? undefined : { offset, length: Math.min(size, end) - offset }
}

export function formatRange({ offset, length }: Range, size: number): string {
  return `bytes ${offset}-${offset + length - 1}/${size}`
}
