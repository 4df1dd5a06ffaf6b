// LIKE: '%' is any run of characters, '_' any one, a character behind the escape is itself.

/** A character, or what stands for one or many. */
type Part = string | typeof ANY | typeof RUN
const ANY = Symbol('any character')
const RUN = Symbol('any run of characters')

/** The parts of a pattern; undefined: the escape stands at its end, so that it means nothing. */
export function likeParts(pattern: string, escape?: string): readonly Part[] | undefined {
  const parts: Part[] = []
  let isEscaped = false
  for (const character of pattern) {
    if (isEscaped) parts.push(character)
    else if (character !== escape) parts.push(character === '%' ? RUN : character === '_' ? ANY : character)
    isEscaped = !isEscaped && character === escape
  }
  return isEscaped ? undefined : parts
}

/** Whether a text is of the form. Only the last run is ever taken back, so that time is at most the product of lengths. */
export function matchesLike(text: string, parts: readonly Part[]): boolean {
  const characters = [...text]
  let [at, part] = [0, 0]
  let run: { part: number; at: number } | undefined
  while (at < characters.length) {
    if (parts[part] === RUN) run = { part: part++, at }
    else if (part < parts.length && (parts[part] === ANY || parts[part] === characters[at])) {
      at++
      part++
    } else if (run) {
      at = ++run.at
      part = run.part + 1
    } else return false
  }
  return parts.slice(part).every((rest) => rest === RUN)
}

/** What every text of the form begins with. */
export function likePrefix(parts: readonly Part[]): { prefix: string; isWhole: boolean } {
  const end = parts.findIndex((part) => typeof part === 'symbol')
  const plain = (end === -1 ? parts : parts.slice(0, end)) as readonly string[]
  return { prefix: plain.join(''), isWhole: end === -1 }
}
