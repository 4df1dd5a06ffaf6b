// search: which entries and commits of a revision have the words that are looked for, best first. Knows how text becomes
// words, how words are found and ranked, and how that is kept; must not know working directories or remotes. What is
// kept is derived, of contents by their ids. Format: spec/26-search.md
export { SearchFolder } from './search-folder.js'
export { search, type Search, type SearchHit, type SearchResult } from './search.js'
export type { Extract } from './extract.js'
