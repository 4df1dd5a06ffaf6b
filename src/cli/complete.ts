// What may stand at the end of a command line being typed: `dv __complete -- WORDS`, called by the scripts of
// `dv completion`. One candidate a line, a tab, what it means. Fails silently: a shell prompt is no place for errors.
import type { Repository } from './api-types.js'
import {
  type Command,
  type CommandGroup,
  type CompletionKind,
  GLOBAL_OPTIONS,
  isGroup,
  type OptionSpec,
  type OptionTable,
} from './command.js'
import { VERBS, VISIBLE } from './registry.js'

export interface Candidate {
  text: string
  /** Short, in plain words. */
  about?: string
}

/** Candidates for the last of `words`, all of which stand behind `dv`. */
export async function complete(
  words: readonly string[],
  open: () => Promise<Repository>,
): Promise<Candidate[]> {
  const typed = words.at(-1) ?? ''
  const found = await candidates(words.slice(0, -1), typed, open).catch(() => [])
  return found.filter(({ text }) => text.startsWith(typed))
}

async function candidates(
  before: readonly string[],
  typed: string,
  open: () => Promise<Repository>,
): Promise<Candidate[]> {
  const at = verbIndex(before)
  if (at < 0) return typed.startsWith('-') ? optionCandidates(GLOBAL_OPTIONS) : verbCandidates()
  const found = await VERBS.get(before[at]!)?.load()
  if (found === undefined) return []
  const rest = before.slice(at + 1)
  const command = commandOf(found, rest)
  if (command === undefined || (isGroup(found) && command === found.fallback && !typed.startsWith('-'))) {
    return isGroup(found) ? subVerbs(found) : []
  }
  const table: OptionTable = { ...GLOBAL_OPTIONS, ...command.options }
  if (rest.includes('--')) return []
  const wanting = optionWanting(table, rest.at(-1))
  if (wanting) return await kindCandidates(wanting.complete, open)
  if (typed.startsWith('-')) return optionCandidates(table)
  return await kindCandidates(command.operands?.complete, open)
}

/** Where the verb stands behind the global options. */
function verbIndex(words: readonly string[]): number {
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '-C' || words[i] === '--directory') i++
    else if (!words[i]!.startsWith('-')) return i
  }
  return -1
}

function commandOf(found: Command | CommandGroup, rest: readonly string[]): Command | undefined {
  if (!isGroup(found)) return found
  const sub = rest.find((word) => !word.startsWith('-'))
  return sub === undefined
    ? found.fallback
    : found.commands.find((command) => command.name === `${found.name} ${sub}`)
}

/** The option that `word` is and that still needs its value. */
function optionWanting(table: OptionTable, word: string | undefined): OptionSpec | undefined {
  if (word === undefined || !word.startsWith('-') || word.includes('=')) return undefined
  const entry = Object.entries(table).find(
    ([name, spec]) => word === `--${name}` || (spec.short && word === `-${spec.short}`),
  )
  return entry && entry[1].type !== 'flag' ? entry[1] : undefined
}

function verbCandidates(): Candidate[] {
  return VISIBLE.map((text) => ({ text, about: VERBS.get(text)!.summary }))
}

function subVerbs(group: CommandGroup): Candidate[] {
  return group.commands.map(({ name, summary }) => ({
    text: name.slice(group.name.length + 1),
    about: summary,
  }))
}

function optionCandidates(table: OptionTable): Candidate[] {
  const shown = Object.entries(table).filter(([, spec]) => !spec.hidden)
  return shown.map(([name, spec]) => ({ text: `--${name}`, about: spec.describe }))
}

async function kindCandidates(
  kind: CompletionKind | undefined,
  open: () => Promise<Repository>,
): Promise<Candidate[]> {
  if (kind === undefined || kind === 'file') return []
  if (kind === 'verb') return verbCandidates()
  if (kind === 'shell') return ['bash', 'zsh', 'fish'].map((text) => ({ text }))
  const names = await (await open()).refNames()
  const as = (about: string) => (text: string) => ({ text, about })
  const branches = names.branches.map(as('branch'))
  if (kind === 'remote') return names.remotes.map(as('remote'))
  if (kind === 'tag') return names.tags.map(as('tag'))
  if (kind === 'branch') return branches
  return [...branches, ...names.tags.map(as('tag')), ...names.remoteBranches.map(as('remote branch'))]
}
