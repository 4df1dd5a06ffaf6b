// Which paths are left out of a working directory's commits: `.dvignore` files in git's pattern language, in any
// directory, the deepest that has an opinion deciding. They are data: they match names, they never run anything.
import type { Ignore, Options } from 'ignore'
import { load } from '../base/index.js'
import { createPrefilter } from './ignore-prefilter.js'

export const IGNORE_FILE = '.dvignore'
export const IGNORE_FILE_BYTES_MAX = 1 << 20

/** What `dv init` writes. */
export const DEFAULT_IGNORE_TEXT = `# What dv leaves out of commits. One pattern a line, as in .gitignore.
.ipynb_checkpoints/
__pycache__/
*.pyc
.venv/
.DS_Store
._*
.Spotlight-V100/
.Trashes/
Thumbs.db
desktop.ini
~$*
*~
.*.swp
.nfs*
`

/** The rules that hold in one directory, found by walking down from the root. */
export interface IgnoreScope {
  /** Whether a child of this directory, given by name, is ignored. */
  ignores(name: string, isDirectory: boolean): boolean
  /** The scope of a child directory that is not ignored; `text` is its own `.dvignore`, when it has one. */
  enter(name: string, text?: string): IgnoreScope
}

/** The scope of the root directory. `text` is its `.dvignore`, when it has one. */
export function rootIgnoreScope(text?: string): IgnoreScope {
  return scopeOf(text === undefined ? undefined : { rules: createRules(text), prefix: '', outer: undefined })
}

/** Whether `path` is ignored, asking each directory on the way for its `.dvignore` by `readText`. For single paths. */
export function isIgnored(
  path: string,
  isDirectory: boolean,
  readText: (directory: string) => string | undefined,
): boolean {
  const names = path.split('/')
  let scope = rootIgnoreScope(readText(''))
  for (let i = 0; i < names.length; i++) {
    const last = i === names.length - 1
    if (scope.ignores(names[i]!, !last || isDirectory)) return true
    if (!last) scope = scope.enter(names[i]!, readText(names.slice(0, i + 1).join('/')))
  }
  return false
}

/** One `.dvignore` as seen from a directory: `prefix` leads from the folder of the file to that directory. */
interface Layer {
  rules: Rules
  prefix: string
  outer: Layer | undefined
}

function scopeOf(layers: Layer | undefined): IgnoreScope {
  return {
    ignores(name, isDirectory) {
      if (name === '.dv' || name === '.git') return true
      for (let layer = layers; layer; layer = layer.outer) {
        const verdict = layer.rules.test(`${layer.prefix}${name}${isDirectory ? '/' : ''}`, name)
        if (verdict !== undefined) return verdict
      }
      return false
    },
    enter(name, text) {
      const inner = enterLayers(layers, name)
      return scopeOf(text === undefined ? inner : { rules: createRules(text), prefix: '', outer: inner })
    },
  }
}

function enterLayers(layer: Layer | undefined, name: string): Layer | undefined {
  if (layer === undefined) return undefined
  const prefix = `${layer.prefix}${name}/`
  // A layer may ignore this directory while a deeper one took it back in. What lies below is then judged by its own
  // name, so the layer must not answer for it "inside an ignored directory".
  const rules = layer.rules.test(prefix, name) === true ? layer.rules.except(prefix) : layer.rules
  return { rules, prefix, outer: enterLayers(layer.outer, name) }
}

interface Rules {
  /** True: ignored, false: taken back in, undefined: no opinion. `name` is the last component of `path`. */
  test(path: string, name: string): boolean | undefined
  except(directory: string): Rules
}

/** The matcher caches every path it is asked about: it is renewed so that a walk of millions does not keep them. */
const TESTS_PER_MATCHER = 10_000

function createRules(text: string): Rules {
  return rulesOf(renew(text), createPrefilter(text))
}

function rulesOf(first: Ignore, mayMatch: (name: string) => boolean): Rules {
  let matcher = first
  let tests = 0
  return {
    test(path, name) {
      if (!mayMatch(name)) return undefined
      if (++tests % TESTS_PER_MATCHER === 0) matcher = renew(matcher)
      const { ignored, unignored } = matcher.test(path)
      return ignored ? true : unignored ? false : undefined
    },
    except: (directory) => rulesOf(renew(matcher).add(`!/${escapePattern(directory)}`), mayMatch),
  }
}

function renew(from: string | Ignore): Ignore {
  const ignore = load<(options: Options) => Ignore>('ignore')
  return ignore({ ignoreCase: false }).add(from)
}

function escapePattern(path: string): string {
  return path.replace(/[\\*?[\]!# ]/g, '\\$&')
}
