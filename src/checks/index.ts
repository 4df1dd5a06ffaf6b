// checks: rules that versions of data are held against, and what was found. Knows the rule file, tables, images and entries of a
// manifest; not how files are fetched, nor working directories. Format: spec/25-checks.md
export { readRules } from './read-rules.js'
export { type GateVerb, RULES_PATH, type RuleFile, type Rules } from './rules.js'
