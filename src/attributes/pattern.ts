// Patterns in the language of `.dvignore`, matched without going back: no pattern takes longer than its length times that
// of the path.

/** One character of a component, or any number of them. */
type Token = { is: (char: string) => boolean } | 'any'

/** Components of a pattern; 'deep': any number of components. */
type Part = readonly Token[] | 'deep'

export class BadPattern extends Error {}

/** Whether the pattern means a path, or a directory above it. Throws BadPattern. */
export function compilePattern(pattern: string): (path: string) => boolean {
  const isDirectory = pattern.endsWith('/')
  const body = isDirectory ? pattern.slice(0, -1) : pattern
  if (body === '' || body === '/') throw new BadPattern('the pattern means nothing')
  const isAnchored = body.includes('/')
  const names = body.replace(/^\//, '').split('/')
  const parts = names.map(partOf)
  const whole: Part[] = isAnchored ? parts : ['deep', ...parts]
  // What ends in '**' means what is below, not the directory itself.
  const last =
    whole.at(-1) === 'deep' && isAnchored ? [...whole.slice(0, -1), 'deep' as const, ANY_NAME] : whole
  return (path) => {
    const components = path.split('/')
    const from = isDirectory ? 1 : 0
    for (let above = from; above < components.length; above++)
      if (matchParts(last, components.slice(0, components.length - above))) return true
    return false
  }
}

const ANY_NAME: Part = ['any']

function partOf(name: string): Part {
  if (name === '**') return 'deep'
  const tokens: Token[] = []
  for (let at = 0; at < name.length; at++) {
    const char = name[at]!
    if (char === '*') {
      if (tokens.at(-1) !== 'any') tokens.push('any')
    } else if (char === '?') tokens.push({ is: () => true })
    else if (char === '[') {
      const end = classEnd(name, at)
      if (end < 0) throw new BadPattern(`the '[' has no ']'`)
      tokens.push({ is: classOf(name.slice(at + 1, end)) })
      at = end
    } else if (char === '\\') {
      const next = name[++at]
      if (next === undefined) throw new BadPattern(`nothing stands behind the '\\'`)
      tokens.push({ is: (one) => one === next })
    } else tokens.push({ is: (one) => one === char })
  }
  return tokens
}

/** Where the class ends that begins at `at`: a ']' at its beginning is one of its characters. */
function classEnd(name: string, at: number): number {
  const first = /[!^]/.test(name[at + 1] ?? '') ? at + 2 : at + 1
  for (let end = first; end < name.length; end++) {
    if (name[end] === '\\') end++
    else if (name[end] === ']' && end > first) return end
  }
  return -1
}

function classOf(body: string): (char: string) => boolean {
  const isNegated = /^[!^]/.test(body)
  const chars = [...body.slice(isNegated ? 1 : 0).matchAll(/\\?(.)(?:-\\?(.))?/gsu)]
  const ranges = chars.map(([, from, to]) => [from!, to ?? from!] as const)
  return (char) => ranges.some(([from, to]) => from <= char && char <= to) !== isNegated
}

/** Takes the last '*' further where the rest does not fit: an earlier one never has to be. */
function matchAll<P, T>(
  pattern: readonly P[],
  text: readonly T[],
  { isAny, fits }: { isAny: (part: P) => boolean; fits: (part: P, one: T) => boolean },
): boolean {
  let [at, from, star, taken] = [0, 0, -1, 0]
  while (at < text.length) {
    const part = pattern[from]
    if (part !== undefined && isAny(part)) [star, taken, from] = [from, at, from + 1]
    else if (part !== undefined && fits(part, text[at]!)) [at, from] = [at + 1, from + 1]
    else if (star >= 0) [at, from, taken] = [taken + 1, star + 1, taken + 1]
    else return false
  }
  while (from < pattern.length && isAny(pattern[from]!)) from++
  return from === pattern.length
}

function matchParts(parts: readonly Part[], components: readonly string[]): boolean {
  return matchAll(parts, components, {
    isAny: (part) => part === 'deep',
    fits: (part, name) => matchName(part as readonly Token[], name),
  })
}

function matchName(tokens: readonly Token[], name: string): boolean {
  return matchAll(tokens, [...name], {
    isAny: (token) => token === 'any',
    fits: (token, char) => token !== 'any' && token.is(char),
  })
}
