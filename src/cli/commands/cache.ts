import { type CommandGroup, defineCommand } from '../command.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'

const show = defineCommand({
  name: 'cache show',
  summary: 'Show what the cache holds, where, and its bound',
  usage: [''],
  description: `
    Small parts of stores that were read where they are (the index, manifests, pieces of files) are kept on
    disk, so that they are not fetched again. DV_CACHE says where; DV_CACHE_SIZE, else the setting cache.size,
    how much at most (5GB; 0: nothing), as in 'dv config --global cache.size 20GB'.`,
  options: {},
  examples: [{ command: 'dv cache', what: 'its size, place and bound' }],
  async run(_, { api }) {
    return await (await api()).cache.info()
  },
  render({ directory, entries, bytes, limit, derived }, screen) {
    screen.line(
      `${size(bytes)} of ${size(limit)} in ${count(entries, 'entry', 'entries')}: ${safe(directory)}`,
    )
    if (derived) screen.line(`${size(derived.bytes)} of queries and searches: ${safe(derived.directory)}`)
  },
})

const clear = defineCommand({
  name: 'cache clear',
  summary: 'Empty the cache',
  usage: [''],
  description: `
    What was in it is fetched again when it is read again. Within a repository the tables of its queries and the
    index of its searches go too; the next query and search make them anew.`,
  options: {},
  examples: [{ command: 'dv cache clear', what: 'frees the disk; nothing is lost' }],
  async run(_, { api }) {
    return await (await api()).cache.clear()
  },
  render({ directory, bytes, derived }, screen) {
    screen.note(`Freed ${size(bytes)} in '${safe(directory)}'`)
    if (derived)
      screen.note(`Freed ${size(derived.bytes)} of queries and searches in '${safe(derived.directory)}'`)
  },
})

export const cache: CommandGroup = {
  name: 'cache',
  summary: 'See and clear what is kept of remotes',
  commands: [show, clear],
  fallback: show,
}
