// Patterns with many `*` in one part, such as `*a*a*a*a*a*b`: as the matcher makes them, a name that does not match costs its
// length to the power of their number.

/** A character by its letter, escaped, or any of a class: what always takes one character. No text is read by it in two
 * ways: two for each of 40 classes would be 2 to the power of 40. */
const SINGLE = String.raw`(?:\\[^\w]|[^\\[\](){}|*+?^$./]|\[\^?[^\]\\[^][^\]\\[]*\](?![*+?{]))`
const STAR_AND_NEXT = new RegExp(String.raw`\[\^/\]\*\?(${SINGLE}+)(?=\[\^/\]\*\?)`, 'g')

/** The same expression, where each star that another one follows ends at the first place where what stands between them
 * fits. That loses nothing, as the next star takes what is left over, and leaves only the last star a choice. */
export function pinStars(expression: RegExp): RegExp {
  const { source, flags } = expression
  const pinned = source.replace(STAR_AND_NEXT, (_, between: string) => `(?:(?!${between})[^/])*${between}`)
  return pinned === source ? expression : new RegExp(pinned, flags)
}

/** Stars that the matcher goes through fast enough even when it is not helped: 255 letters, 16,581,375 ways at most. */
const STARS_MAX = 3

/** Whether a pattern has more stars in one part than a matcher that does not pin them should be given. */
export function hasManyStars(pattern: string): boolean {
  return pattern.split('/').some(isSlow)
}

/** A pattern that such a matcher goes through fast, and that means at least the same. */
export function widened(pattern: string): string {
  if (!hasManyStars(pattern)) return pattern
  const parts = pattern.split('/')
  // Braces, groups and classes may reach over slashes.
  const kept = parts.slice(
    0,
    parts.findIndex((part) => isSlow(part) || /[{([]/.test(part)),
  )
  return [...kept, '**'].join('/')
}

function isSlow(part: string): boolean {
  return part.split(/\*+/).length - 1 > STARS_MAX
}
