import type { SearchHit, SearchMarks, SearchResult } from '../api-types.js'
import { defineCommand, given } from '../command.js'
import { count } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'

export const search = defineCommand({
  name: 'search',
  summary: 'Find files and commits by words',
  usage: ['[--at REV] [--limit N] WORDS…'],
  description: `
    Looks through paths, metadata, commit messages, text files, notebooks and names of columns of tables, at
    any revision, offline. All words must be there, the best come first. 'cell*' is a beginning, '"dim light"'
    a phrase, 'key:value' a column (path, directory, name, extension, kind, size, id, message) or metadata,
    '-word' takes away. Words that a shell or dv would take for something else stand in one text: 'cell -dim'.
    The first search of a revision reads what is new in it; files whose text is not here are counted.`,
  options: {
    at: { type: 'string', value: 'REV', describe: 'what to search, default HEAD', complete: 'revision' },
    limit: { type: 'count', short: 'n', value: 'N', describe: 'show at most N, default 20' },
  },
  operands: { min: 1, max: Infinity },
  examples: [
    { command: 'dv search mitosis plate07', what: 'what has both words' },
    {
      command: `dv search 'nucle* "damaged light" -debris'`,
      what: 'a beginning, a phrase, and what must not be there',
    },
    { command: 'dv search line:AICS-23 extension:tif --at v1', what: 'by metadata and extension, as of v1' },
  ],
  async run({ options, operands }, { reader, work }): Promise<SearchResult> {
    const { at, limit } = options
    return (await reader()).search({ ...work, question: operands.join(' '), ...given({ at, limit }) })
  },
  render(result, screen) {
    for (const hit of result.hits) hitLines(hit, screen)
    const { total, hits, searched } = result
    const all = `${count(searched.entries, 'entry', 'entries')} and ${count(searched.commits, 'commit')}`
    if (total === 0) screen.note(`Nothing found in ${all}`)
    else if (total > hits.length)
      screen.note(`${count(hits.length, 'hit')} of ${count(total, 'hit')} in ${all}`)
    if (searched.notIndexed > 0)
      screen.note(`${count(searched.notIndexed, 'file')} not indexed: the text is not here`)
  },
})

function hitLines(hit: SearchHit, screen: Screen): void {
  const { path, commit, extract } = hit
  if (path !== undefined)
    screen.line(marked(path, { marks: hit.pathMarks ?? [], screen, otherwise: screen.style.blue }))
  else screen.line(`${screen.style.yellow('commit')} ${safe(commit!.slice(0, 10))}`)
  if (!extract) return
  const text = marked(extract.text, { marks: extract.marks, screen, otherwise: (plain) => plain })
  screen.line(`  ${screen.style.dim(`${extract.line}:`)} ${text}`)
}

interface Marking {
  marks: SearchMarks
  screen: Screen
  /** How the rest is shown. */
  otherwise: (text: string) => string
}

/** One line, its words in bold, all of it escaped. */
function marked(text: string, { marks, screen, otherwise }: Marking): string {
  let shown = ''
  let at = 0
  for (const [from, to] of marks) {
    shown += otherwise(safe(text.slice(at, from))) + screen.style.bold(safe(text.slice(from, to)))
    at = to
  }
  return shown + otherwise(safe(text.slice(at)))
}
