// Revisions as text and as data. Format: spec/11-revisions.md
import { DvError } from '../base/index.js'

/** Where a revision starts. */
export type RevisionBase =
  | { kind: 'head' }
  /** A branch, tag, remote/branch, full ref name, id or id prefix: only a store can tell. */
  | { kind: 'name'; name: string }
  /** What a ref (undefined: the current branch) pointed to before its last `n` changes. */
  | { kind: 'earlier'; name?: string; n: number }
  /** The branch that was current `n` switches ago. */
  | { kind: 'previous-branch'; n: number }

export type RevisionStep =
  /** `~n`: n first parents up. */
  | { kind: 'ancestor'; n: number }
  /** `^n`: the nth parent. */
  | { kind: 'parent'; n: number }
  /** `^{}`: the commit a tag stands for. */
  | { kind: 'peel' }

export interface Revision {
  base: RevisionBase
  steps: RevisionStep[]
}

/** `from..to`: what only `to` has. `from...to`: what one of both has; in a diff, from their merge base to `to`. */
export interface RevisionRange {
  kind: 'difference' | 'symmetric'
  from: Revision
  to: Revision
}

export const REVISION_NUMBER_MAX = 1_000_000
const TEXT_MAX = 4096
/** Spaces, control characters and what the grammar or a shell gives a meaning to. */
const NOT_IN_NAME = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/u

/** The data of one revision. Throws DV_BAD_REVISION. */
export function parseRevision(text: string): Revision {
  if (text.length > TEXT_MAX) throw bad(text, 'it is too long')
  const { base, rest } = parseBase(text)
  return { base, steps: parseSteps(text, rest) }
}

/** The shortest text that parses to the same data. */
export function formatRevision({ base, steps }: Revision): string {
  return formatBase(base) + steps.map(formatStep).join('')
}

/** `a..b`, `a...b` with either side left out for HEAD, or a single revision. Throws DV_BAD_REVISION. */
export function parseRange(text: string): RevisionRange | Revision {
  const match = /^(.*?)(\.{2,})(.*)$/su.exec(text)
  if (match === null) return parseRevision(text)
  const [, from, dots, to] = match as unknown as [string, string, string, string]
  if (dots.length > 3) throw bad(text, `'${dots}' is neither '..' nor '...'`)
  if (from === '' && to === '') throw bad(text, 'a range needs a revision on one side at least')
  const side = (part: string) => (part === '' ? HEAD : parseRevision(part))
  return { kind: dots === '..' ? 'difference' : 'symmetric', from: side(from), to: side(to) }
}

export function isRange(parsed: RevisionRange | Revision): parsed is RevisionRange {
  return 'from' in parsed
}

export function formatRange({ kind, from, to }: RevisionRange): string {
  return `${formatRevision(from)}${kind === 'difference' ? '..' : '...'}${formatRevision(to)}`
}

/** Whether text can stand for a name in a revision. Refs have further rules of their own: spec/08-refs.md */
export function isRevisionName(name: string): boolean {
  return name !== '' && name !== '@' && name !== 'HEAD' && !name.startsWith('-') && !NOT_IN_NAME.test(name)
}

const HEAD: Revision = { base: { kind: 'head' }, steps: [] }

function parseBase(text: string): { base: RevisionBase; rest: string } {
  const end = text.search(/[~^]|@\{/u)
  const name = end < 0 ? text : text.slice(0, end)
  const rest = end < 0 ? '' : text.slice(end)
  if (rest.startsWith('@{')) {
    if (name !== '' && name !== 'HEAD' && !isRevisionName(name)) throw bad(text, `'${name}' cannot be a name`)
    return parseEarlier(text, name, rest)
  }
  if (name === '@' || name === 'HEAD') return { base: { kind: 'head' }, rest }
  if (name === '') throw bad(text, text === '' ? 'it is empty' : `no name stands before '${rest}'`)
  if (!isRevisionName(name)) throw bad(text, `'${name}' cannot be a name`)
  return { base: { kind: 'name', name }, rest }
}

function parseEarlier(text: string, name: string, rest: string): { base: RevisionBase; rest: string } {
  const match = /^@\{(-?)(\d+)\}/u.exec(rest)
  if (match === null) throw bad(text, "'@{' wants a number and '}' behind it")
  const n = number(text, match[2]!)
  const after = rest.slice(match[0].length)
  if (match[1] === '') return { base: { kind: 'earlier', ...(name !== '' && { name }), n }, rest: after }
  if (name !== '' || n === 0) throw bad(text, "a number below 0 goes with '@' alone, as in '@{-1}'")
  return { base: { kind: 'previous-branch', n }, rest: after }
}

function parseSteps(text: string, rest: string): RevisionStep[] {
  const steps: RevisionStep[] = []
  let at = 0
  while (at < rest.length) {
    const match = /^(?:\^\{\}|([~^])(\d*))/u.exec(rest.slice(at))
    if (match === null) throw bad(text, `'${rest.slice(at)}' is not understood`)
    at += match[0].length
    const n = match[2] ? number(text, match[2]) : 1
    if (match[1] === undefined || (match[1] === '^' && n === 0)) steps.push({ kind: 'peel' })
    else steps.push(match[1] === '~' ? { kind: 'ancestor', n } : { kind: 'parent', n })
  }
  return steps
}

function formatBase(base: RevisionBase): string {
  if (base.kind === 'head') return 'HEAD'
  if (base.kind === 'name') return base.name
  return base.kind === 'earlier' ? `${base.name ?? ''}@{${base.n}}` : `@{-${base.n}}`
}

function formatStep(step: RevisionStep): string {
  if (step.kind === 'peel') return '^{}'
  return `${step.kind === 'ancestor' ? '~' : '^'}${step.n === 1 ? '' : step.n}`
}

function number(text: string, digits: string): number {
  const n = Number(digits)
  if (n > REVISION_NUMBER_MAX) throw bad(text, `${digits} is more than ${REVISION_NUMBER_MAX}`)
  return n
}

function bad(text: string, reason: string): DvError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text
  return new DvError('DV_BAD_REVISION', `'${shown}' is not a revision: ${reason}`, {
    data: { revision: shown },
    hint: "revisions look like 'main', 'v1~2', 'origin/main', '@{1}' or the first digits of a commit's id",
  })
}
