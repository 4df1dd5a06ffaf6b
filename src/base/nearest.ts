/** The candidates a mistyped `word` most likely meant, best first, at most `limit`. Empty when none is close. */
export function nearest(word: string, candidates: Iterable<string>, limit = 3): string[] {
  const wanted = word.toLowerCase()
  const allowed = Math.max(1, Math.floor(word.length / 3))
  const found: { candidate: string; score: number }[] = []
  for (const candidate of candidates) {
    const score = distance(wanted, candidate.toLowerCase(), allowed)
    if (score <= allowed) found.push({ candidate, score })
    else if (isPart(wanted, candidate.toLowerCase())) found.push({ candidate, score: allowed + 1 })
  }
  found.sort((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1))
  return found.slice(0, limit).map((item) => item.candidate)
}

/** A beginning, or the last component of a path: what people type when they shorten a name. */
function isPart(word: string, candidate: string): boolean {
  return word.length >= 3 && (candidate.startsWith(word) || candidate.endsWith(`/${word}`))
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`; anything over `max` if more. */
function distance(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) > max) return max + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row.push(cost)
    }
    if (Math.min(...row) > max && Math.min(...last) > max) return max + 1
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
