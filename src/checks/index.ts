// checks: rules that versions of data are held against, and what was found. Knows the rule file, tables, images and entries of a
// manifest; not how files are fetched, nor working directories. Format: spec/25-checks.md
export { decodeNote, encodeNote, type Note, noted, type NotedRule, type NoteSums } from './note.js'
export type { Failure, Finding, Outcome } from './outcome.js'
export { type ImagesLike, isPlainPath, proposeRules, type TableLike } from './propose.js'
export { readRules } from './read-rules.js'
export { refusePatterns } from './row-rules.js'
export { type Against, type GateVerb, type RuleFile, type Rules } from './rules.js'
export {
  type FilesMeant,
  type OtherVersion,
  type Run,
  runRules,
  type Subject,
  type SubjectFile,
} from './run.js'
export { writeRules } from './write-rules.js'
