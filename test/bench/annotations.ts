// Small texts such as a labelling tool writes: a kilobyte of JSON of few words, many numbers and a name of its own.
import { randomNumbers } from './files.js'

const LABELS = ['cell', 'nucleus', 'debris', 'mitosis']
const WORDS = [
  ...['sharp', 'blurred', 'border', 'overlapping', 'dim', 'bright', 'unclear', 'round', 'elongated'],
  ...['damaged', 'light', 'first', 'pass', 'checked', 'artifact'],
]

/** The text of file `i` in a version: another version has another status. */
export function annotationOf(i: number, version: 1 | 2): string {
  const next = randomNumbers(i * 2 + 1)
  const one = (words: readonly string[]) => words[next() % words.length]!
  const objects = Array.from({ length: 9 + (next() % 5) }, () => ({
    label: one(LABELS),
    bbox: [next() % 2048, next() % 2048, 8 + (next() % 120), 8 + (next() % 120)],
    score: (next() % 10_000) / 10_000,
    note: `${one(WORDS)} ${one(WORDS)}`,
  }))
  const image = `plate${i % 20}/img${String(i).padStart(6, '0')}.jpg`
  const status = version === 1 ? 'draft' : 'reviewed'
  return `${JSON.stringify({ id: i, image, annotator: `user${next() % 40}`, status, objects })}\n`
}
