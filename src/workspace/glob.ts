// Which paths a user means: plain paths and globs, with one answer on a directory and on a manifest. On a directory
// fast-glob gives it; on a list of paths the matcher fast-glob itself uses, with the same options, gives the same.
// Format: spec/10-working-directory.md, "Patterns".
import fs from 'node:fs'
import { comparePaths, DvError, fromSystemError, isWithin, load } from '../base/index.js'
import { hasManyStars, pinStars, widened } from './pin-stars.js'
import type { PathFilter } from './walk.js'

interface Micromatch {
  makeRe(pattern: string, options: object): RegExp | false
  braces(pattern: string, options: object): string[]
}
const micromatch = () => load<Micromatch>('micromatch')
const fastGlob = () => load<typeof import('fast-glob')>('fast-glob')
/** Without one of these fast-glob sees no glob in a pattern: most paths are answered for without loading it. */
const SPECIAL = /[\\*?!+@[\](){}]/

/** What fast-glob passes to its matcher for the options we pass to fast-glob. */
const MATCH_OPTIONS = {
  dot: true,
  posix: true,
  strictSlashes: false,
  nobrace: false,
  nocase: false,
  noext: false,
}
export const PATTERN_BYTES_MAX = 4096
/** Of all alternatives of a pattern written out: each is parsed by itself. */
export const ALTERNATIVES_BYTES_MAX = 400_000

/** Patterns as both sides take them. */
interface Patterns {
  /** Plain paths: they mean themselves and everything below. A glob is also taken by its letter, as in git. */
  literals: string[]
  globs: string[]
  /** Without the leading '!'. */
  negatives: string[]
}

/** The paths `patterns` mean, for lists of paths in a manifest. No pattern at all means every path; only negative
 * ones mean every path but those. Throws DV_BAD_PATTERN. */
export function compilePathspec(patterns: readonly string[]): PathFilter {
  const { literals, globs, negatives } = parsePatterns(patterns)
  const positive = expand(globs).map(compileGlob)
  const negative = negatives.map(toRegExp)
  const isEverything = literals.includes('')
  return {
    matches(path) {
      const isMeant =
        isEverything ||
        literals.some((literal) => isWithin(path, literal)) ||
        positive.some(({ re }) => re.test(path))
      return isMeant && !negative.some((re) => re.test(path))
    },
    couldMatchBelow(directory) {
      if (isEverything || literals.some((l) => isWithin(directory, l) || isWithin(l, directory))) return true
      const names = directory.split('/')
      return positive.some(({ segments }) => couldLeadTo(segments, names))
    },
  }
}

/** Files and symbolic links below `root` that `patterns` mean, in manifest order, by way of fast-glob. */
export async function globWorkdir(root: string, patterns: readonly string[]): Promise<string[]> {
  const { literals, globs, negatives } = parsePatterns(patterns)
  const literal = literals.flatMap((path) => {
    if (path === '') return ['**']
    return literalForms(path)
  })
  const found = await fastGlob()([...literal, ...globs.map(widened)], {
    cwd: root,
    dot: true,
    onlyFiles: false,
    followSymbolicLinks: false,
    objectMode: true,
    fs: { readdir: readdirOrNothing },
    ignore: [...negatives.filter((pattern) => !hasManyStars(pattern)), '**/.dv/**', '**/.git/**'],
  }).catch((error: NodeJS.ErrnoException) => {
    throw fromSystemError(error, 'read the directory', error.path ?? root)
  })
  const paths = found.filter(({ dirent }) => !dirent.isDirectory()).map(({ path }) => path)
  // It was asked for more than is meant.
  const isWide = [...globs, ...negatives].some(hasManyStars)
  return (isWide ? paths.filter(compilePathspec(patterns).matches) : paths).sort(comparePaths)
}

/** For fast-glob a missing folder is no failure; a file in the place of a folder (`a.csv/**`) is not either. */
const readdirOrNothing = ((folder: string, options: { withFileTypes: true }, done: DirentCallback) => {
  fs.readdir(folder, options, (error, entries) => {
    if (error?.code === 'ENOTDIR') done(null, [])
    else done(error, entries)
  })
}) as typeof fs.readdir

type DirentCallback = (error: NodeJS.ErrnoException | null, entries: fs.Dirent[]) => void

/** Whether a path given by the user is a glob. */
export function isGlob(pattern: string): boolean {
  return SPECIAL.test(pattern) && fastGlob().isDynamicPattern(pattern)
}

function parsePatterns(patterns: readonly string[]): Patterns {
  const parsed: Patterns = { literals: [], globs: [], negatives: [] }
  for (const pattern of patterns) {
    const isNegative = pattern.startsWith('!') && pattern[1] !== '('
    const clean = cleanPattern(isNegative ? pattern.slice(1) : pattern, pattern)
    if (isNegative) parsed.negatives.push(...negativeForms(clean))
    else if (!isGlob(clean)) parsed.literals.push(clean)
    else {
      parsed.globs.push(withoutQuestionMarks(clean))
      parsed.literals.push(clean)
    }
  }
  if (parsed.globs.length === 0 && parsed.literals.length === 0) parsed.literals.push('')
  return parsed
}

/** `./a`, `a//b` and `a/` are `a`, `a/b` and everything in `a`; nothing leads out of the tree. */
function cleanPattern(text: string, pattern: string): string {
  if (text === '' || text.includes('\0')) throw badPattern(pattern, 'it is empty or holds a NUL')
  if (Buffer.byteLength(text) > PATTERN_BYTES_MAX)
    throw badPattern(pattern, `it is longer than ${PATTERN_BYTES_MAX} bytes`)
  if (text.startsWith('/')) throw badPattern(pattern, 'it is not relative to the working directory')
  const names = text.split(/\/+/).filter((name) => name !== '.')
  if (names.includes('..')) throw badPattern(pattern, "it leads out of the working directory by '..'")
  const last = names.at(-1)
  if (last === '') names.pop()
  const clean = names.join('/')
  return last === '' && isGlob(clean) ? `${clean}/**` : clean
}

/** fast-glob takes `202?` in a folder's name for the folder's name. A class that leaves out one character hardly
 * any name holds means the same and is seen as a pattern. The matcher keeps '/' out of negated classes by itself. */
function withoutQuestionMarks(glob: string): string {
  return glob.replace(/\\.|\[[^\]]*\]|([)\]}+*])\?|\?(?!\()/g, (text) => (text === '?' ? '[!\x01]' : text))
}

/** A directory left out by its name is left out with all below it: fast-glob does not enter it. */
function negativeForms(clean: string): string[] {
  if (clean === '') return ['**']
  if (!isGlob(clean)) return literalForms(clean)
  return expand([withoutQuestionMarks(clean)]).flatMap((form) => {
    const name = form.slice(form.lastIndexOf('/') + 1)
    return isGlob(name) ? [form] : [form, `${form}/**`]
  })
}

/** A path and all below it. */
function literalForms(path: string): string[] {
  const escaped = fastGlob().escapePath(path)
  return [escaped, `${escaped}/**`]
}

function expand(globs: string[]): string[] {
  const expanded: string[] = []
  for (const glob of globs) {
    const bytes = alternativesOf(glob) * Buffer.byteLength(glob)
    if (bytes > ALTERNATIVES_BYTES_MAX)
      throw badPattern(glob, `its alternatives, written out, have more than ${ALTERNATIVES_BYTES_MAX} bytes`)
    const options = { expand: true, nodupes: true, keepEscaping: true }
    const forms = guard(glob, () => micromatch().braces(glob, options))
    expanded.push(...forms.filter((form) => form !== '').map((form) => form.replace(/\/{2,}/g, '/')))
  }
  return expanded
}

/** An upper bound, so that nothing huge is built to find out. Ranges of numbers have at most 1,000 values by the matcher's
 * rule; it has none for characters. */
function alternativesOf(glob: string): number {
  let alternatives = 1
  for (const open of glob.split('{').slice(1)) {
    const body = open.split('}', 1)[0]!
    alternatives *= body.includes('..') ? Math.max(1000, spanOf(body)) : open.split(',').length
  }
  return alternatives
}

/** How far apart the characters of a range may be: wherever it stands, the widest two there are. */
function spanOf(text: string): number {
  const codes = Array.from(text, (character) => character.codePointAt(0)!)
  return Math.max(...codes) - Math.min(...codes) + 1
}

interface CompiledGlob {
  re: RegExp
  /** One test per component up to the first that may span several; undefined in the last place stands for the rest. */
  segments: (((name: string) => boolean) | undefined)[]
}

function compileGlob(pattern: string): CompiledGlob {
  return { re: toRegExp(pattern), segments: segmentsOf(pattern) }
}

function segmentsOf(pattern: string): CompiledGlob['segments'] {
  const segments: CompiledGlob['segments'] = []
  for (const part of pattern.split('/')) {
    // Groups and classes may hold a slash: from the first that is open at a slash on, anything is possible.
    const hasOpen = part.includes('(') || part.lastIndexOf('[') > part.lastIndexOf(']')
    if (part.includes('**') || hasOpen) return [...segments, undefined]
    if (isGlob(part)) {
      const re = toRegExp(part)
      segments.push((name) => re.test(name))
    } else segments.push((name) => name === part)
  }
  return segments
}

/** Whether a path below the directory of these `names` can pass all segments. */
function couldLeadTo(segments: CompiledGlob['segments'], names: readonly string[]): boolean {
  for (let i = 0; i < names.length; i++) {
    if (i >= segments.length) return false
    const test = segments[i]
    if (test === undefined) return true
    if (!test(names[i]!)) return false
  }
  return segments.length > names.length
}

function toRegExp(pattern: string): RegExp {
  return guard(pattern, () => pinStars(micromatch().makeRe(pattern, MATCH_OPTIONS) || /(?!)/))
}

function guard<T>(pattern: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw badPattern(pattern, 'it cannot be understood', error)
  }
}

function badPattern(pattern: string, reason: string, cause?: unknown): DvError {
  const shown = pattern.length > 200 ? `${pattern.slice(0, 200)}…` : pattern
  return new DvError('DV_BAD_PATTERN', `The pattern '${shown}' cannot be used: ${reason}`, {
    data: { pattern: shown, reason },
    cause,
  })
}
