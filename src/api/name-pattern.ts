// Patterns for names of tags, as git has them: '*' and '?' also stand for a slash.

/** Whether a name matches any of the patterns; no pattern: every name does. */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map(toRegExp)
  return (name) => expressions.length === 0 || expressions.some((expression) => expression.test(name))
}

function toRegExp(pattern: string): RegExp {
  const source = pattern.replace(/\*+|\?|\[(!?)((?:[^\]\\])+)\]|[\\^$.|+(){}[\]/]/gu, (token, not, set) => {
    if (token.startsWith('*')) return '.*'
    if (token === '?') return '.'
    if (set !== undefined) return `[${not ? '^' : ''}${(set as string).replace(/[\\^[]/gu, '\\$&')}]`
    return `\\${token}`
  })
  try {
    return new RegExp(`^${source}$`, 'su')
  } catch {
    // A range that runs backwards, as in '[z-a]', matches nothing.
    return /(?!)/u
  }
}
