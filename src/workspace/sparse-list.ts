// Which paths a working directory holds, as a list that is read from its beginning: patterns take in, patterns with '!'
// leave out what those before them took in; an expression stands for the paths it meant in the tree that was checked out.
// Format: spec/10-working-directory.md, "Sparse".
import { compilePathspec } from './glob.js'
import { IGNORE_FILE } from './ignore-rules.js'
import type { PathFilter } from './walk.js'

/** A list that takes in nothing. The ignore file at the top is there whatever a list says: it speaks of new files. */
export const NOTHING_HERE: readonly string[] = ['!**']
export const EVERYTHING_HERE: readonly string[] = ['**']

/** The paths that expressions meant in the tree that was checked out, by expression. */
export type Meant = ReadonlyMap<string, ReadonlySet<string>>

export interface SparseRule {
  list: readonly string[]
  meant: Meant
}

const WHERE = 'where: '

/** An expression as an item of a list. */
export function whereItem(expression: string): string {
  return WHERE + expression
}

/** A pattern as an item of a list, even if it looks like an expression. */
export function patternItem(pattern: string): string {
  return pattern.startsWith(WHERE) ? `\\${pattern}` : pattern
}

export function isExpression(item: string): boolean {
  return meantBy(item).startsWith(WHERE)
}

/** The expressions of a list, each once. */
export function expressionsOf(list: readonly string[]): string[] {
  return [...new Set(list.filter(isExpression).map(expressionIn))]
}

function expressionIn(item: string): string {
  return meantBy(item).slice(WHERE.length)
}

/** A list as a user typed it, in whatever order: what is left out is left out. */
export function orderedSparse(patterns: readonly string[]): string[] {
  return [...patterns.filter((pattern) => !isNegative(pattern)), ...patterns.filter(isNegative)]
}

/** The list that also takes in `patterns`; undefined: that is everything. */
export function addToSparse(list: readonly string[], patterns: readonly string[]): string[] | undefined {
  return withMore(list, orderedSparse(patterns))
}

/** The list that leaves out `patterns`; undefined: everything was here. */
export function leaveOut(list: readonly string[] | undefined, patterns: readonly string[]): string[] {
  const left = patterns.map((pattern) => `!${pattern}`)
  return withMore(list ?? [], left) ?? []
}

/** The shortest form of the list followed by `more`. What comes later counts, so that only the last mention of a pattern
 * says anything, nothing before one of everything does, and none there that says the same as it. */
function withMore(list: readonly string[], more: readonly string[]): string[] | undefined {
  const startsFull = list.length === 0 || isNegative(list[0]!)
  const all = [startsFull ? EVERYTHING : NOTHING, ...list, ...more]
  const lastMention = new Map(all.map((pattern, i) => [meantBy(pattern), i]))
  const last = all.filter((pattern, i) => lastMention.get(meantBy(pattern)) === i)
  const start = last.findLastIndex((pattern) => meantBy(pattern) === EVERYTHING)
  const isFull = last[start] === EVERYTHING
  const rest = last.slice(start + 1)
  const first = rest.findIndex((pattern) => isNegative(pattern) === isFull)
  if (first === -1) return isFull ? undefined : [NOTHING]
  return rest.slice(first)
}

const [EVERYTHING, NOTHING] = [EVERYTHING_HERE[0]!, NOTHING_HERE[0]!]

function meantBy(pattern: string): string {
  return isNegative(pattern) ? pattern.slice(1) : pattern
}

/** No list at all takes in everything; one that begins with '!' takes in all but that. Throws DV_BAD_PATTERN. */
export function compileSparse(list: readonly string[], meant: Meant = new Map()): PathFilter {
  const steps = stepsOf(list, meant)
  return {
    matches(path) {
      if (path === IGNORE_FILE) return true
      let isIn = false
      for (const { takesIn, leavesOut } of steps)
        isIn = (isIn || takesIn.matches(path)) && !leavesOut?.matches(path)
      return isIn
    },
    couldMatchBelow: (directory) => steps.some(({ takesIn }) => takesIn.couldMatchBelow(directory)),
  }
}

interface Step {
  takesIn: PathFilter
  leavesOut: PathFilter | undefined
}

function stepsOf(list: readonly string[], meant: Meant): Step[] {
  if (list.length === 0) return [{ takesIn: compilePathspec([]), leavesOut: undefined }]
  const steps: Step[] = []
  for (let at = 0; at < list.length;) {
    const positive = runOf(list, at, false)
    const negative = runOf(list, at + positive.length, true)
    at += positive.length + negative.length
    steps.push({
      takesIn: compileRun(positive, meant),
      leavesOut: negative.length > 0 ? compileRun(negative.map(meantBy), meant) : undefined,
    })
  }
  return steps
}

/** An empty run, before the first that leaves out, takes in everything. */
function compileRun(items: readonly string[], meant: Meant): PathFilter {
  const patterns = items.filter((item) => !isExpression(item))
  const sets = items.filter(isExpression).map((item) => meant.get(expressionIn(item)))
  if (sets.length === 0) return compilePathspec(patterns)
  const plain = patterns.length > 0 ? compilePathspec(patterns) : undefined
  return {
    matches: (path) => sets.some((paths) => paths?.has(path)) || (plain?.matches(path) ?? false),
    couldMatchBelow: () => true,
  }
}

function runOf(list: readonly string[], from: number, negative: boolean): readonly string[] {
  let to = from
  while (to < list.length && isNegative(list[to]!) === negative) to++
  return list.slice(from, to)
}

function isNegative(pattern: string): boolean {
  return pattern.startsWith('!') && pattern[1] !== '('
}
