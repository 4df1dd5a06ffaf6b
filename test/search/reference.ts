// A search by reading everything, as spec/26-search.md says it and in no other way than it says it.
const SOLID = '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}'

/** Words with their positions. */
export function referenceWords(text: string): [word: string, position: number][] {
  const normal = Buffer.from(text).toString('utf8').normalize('NFKC')
  const words: [string, number][] = []
  let position = 0
  const cut = (word: string) => {
    let kept = ''
    for (const character of word) {
      if (Buffer.byteLength(kept + character) > 64) break
      kept += character
    }
    return kept
  }
  const runs =
    normal.match(
      new RegExp(`[${SOLID}]\\p{M}*|[^${SOLID}\\P{L}]|[^${SOLID}\\P{M}]|[^${SOLID}\\P{N}]|[^]`, 'gu'),
    ) ?? []
  let run = ''
  const end = () => {
    if (run === '') return
    const whole = run.toLowerCase()
    words.push([cut(whole), position])
    const parts = run
      .replace(/([\p{Ll}\p{N}])(?=\p{Lu})/gu, '$1\0')
      .replace(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1\0')
      .split('\0')
    if (parts.length > 1 && Buffer.byteLength(whole) <= 64)
      for (const part of parts) words.push([cut(part.toLowerCase()), position++])
    else position++
    run = ''
  }
  for (const piece of runs) {
    if (new RegExp(`^[${SOLID}]`, 'u').test(piece)) {
      end()
      run = piece
      end()
    } else if (/^[\p{L}\p{M}\p{N}]/u.test(piece)) run += piece
    else end()
  }
  end()
  return words
}

/** A row of what is searched: pieces of words for each field. */
export interface ReferenceRow {
  name: string
  fields: Partial<Record<'place' | 'metadata' | 'content' | 'message', readonly string[]>>
}

const WEIGHTS = { place: 2, metadata: 2, content: 1, message: 1 } as const
type Field = keyof typeof WEIGHTS
const FIELDS = Object.keys(WEIGHTS) as Field[]

export interface ReferenceClause {
  words: readonly string[]
  isPrefix?: boolean
  isNegative?: boolean
}

/** Names of the rows that have all that is asked for and their scores, best first. */
export function referenceSearch(
  rows: readonly ReferenceRow[],
  clauses: readonly ReferenceClause[],
): [name: string, score: number][] {
  const read = rows.map(({ fields }) =>
    Object.fromEntries(FIELDS.map((field) => [field, fields[field]?.map(referenceWords)])),
  ) as Partial<Record<Field, [string, number][][]>>[]
  const lengthOf = (pieces: [string, number][][]) =>
    pieces.reduce((sum, words) => sum + new Set(words.map(([, at]) => at)).size, 0)
  const averages = Object.fromEntries(
    FIELDS.map((field) => {
      const lengths = read.flatMap((row) => (row[field] ? [lengthOf(row[field])] : []))
      const sum = lengths.reduce((a, b) => a + b, 0)
      return [field, sum > 0 ? sum / lengths.length : 1]
    }),
  ) as Record<Field, number>
  const scores = rows.map(() => 0)
  const alive = rows.map(() => true)
  for (const clause of clauses) {
    const sums = read.map((row) => {
      let sum = 0
      for (const field of FIELDS) {
        const times = (row[field] ?? []).reduce((all, words) => all + timesIn(words, clause), 0)
        if (times === 0) continue
        const length = lengthOf(row[field]!)
        sum += (WEIGHTS[field] * (times * 2.2)) / (times + 1.2 * (0.25 + (0.75 * length) / averages[field]))
      }
      return sum
    })
    const having = sums.filter((sum) => sum > 0).length
    const weight = Math.log(1 + (rows.length - having + 0.5) / (having + 0.5))
    sums.forEach((sum, i) => {
      if (sum > 0 === (clause.isNegative ?? false)) alive[i] = false
      if (!clause.isNegative) scores[i]! += weight * sum
    })
  }
  const hits = rows.flatMap(({ name }, i) => (alive[i] ? [[name, scores[i]!] as [string, number]] : []))
  // Sorting is stable: equal ones stay in the order of rows.
  return hits.sort(([, a], [, b]) => (Math.abs(a - b) < 1e-9 ? 0 : b - a))
}

function timesIn(
  words: readonly [string, number][],
  { words: wanted, isPrefix = false }: ReferenceClause,
): number {
  const last = wanted.length - 1
  const has = (word: string, at: number, i: number) =>
    words.some(([w, p]) => p === at && (isPrefix && i === last ? w.startsWith(word) : w === word))
  const starts = [...new Set(words.map(([, at]) => at))]
  if (wanted.length === 1 && isPrefix) return words.filter(([word]) => word.startsWith(wanted[0]!)).length
  return starts.filter((start) => wanted.every((word, i) => has(word, start + i, i))).length
}
