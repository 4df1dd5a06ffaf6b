import { safe } from './escape.js'

/** What a list of patterns has in the working directory, in words. */
export function sparseList(list: readonly string[]): string {
  if (list.length === 1 && list[0] === '!**') return 'nothing'
  const shown = list.map((pattern) =>
    pattern.startsWith('!') ? `not ${safe(pattern.slice(1))}` : safe(pattern),
  )
  return list[0]?.startsWith('!')
    ? `all but ${shown.join(', ').replace(/^not /, '')}`
    : `only ${shown.join(', ')}`
}
