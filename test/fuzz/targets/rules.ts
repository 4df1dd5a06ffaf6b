// Rules of checks, and what is remembered of a check: a file of somebody's tree, and metadata of somebody's store.
import fs from 'node:fs'
import { isDvError } from '../../../src/base/index.js'
import {
  decodeNote,
  encodeNote,
  type Note,
  readRules,
  type Rules,
  writeRules,
} from '../../../src/checks/index.js'
import type { Target } from './index.js'

const { good } = JSON.parse(fs.readFileSync('spec/vectors/checks.json', 'utf8')) as {
  good: { text: string }[]
}
const [, example] = /```yaml\n(.*?)```/s.exec(fs.readFileSync('spec/25-checks.md', 'utf8'))!
const YAML = [
  example!,
  ...good.map(({ text }) => text),
  'version: 1\r\ntables: [{path: "a\\u00e4", rows: 0x1F}]\r\n',
]
const FOUND = [
  { rule: 'tables[0].rows', name: 't.csv', outcome: 'failed', count: 1 },
  {
    ...{ rule: 'tables[0].columns["a b"].max', name: 't', path: 't.csv', outcome: 'error' },
    ...{ error: 'DV_BAD_TABLE', findings: [{ row: 7, column: 'a b', times: 2, path: 'x' }] },
  },
]
const NOTE: Note = { outcome: 'failed', passed: 1, failed: 1, errors: 0, skipped: 0, time: 5, found: [] }
const NOTES = [[], FOUND].map((found) => JSON.stringify(found))

function must(holds: boolean, law: string): void {
  if (!holds) throw new Error(law)
}

/** Undefined for what is no rule file: it says where in the text. */
function read(bytes: Buffer): Rules | undefined {
  try {
    return readRules(bytes)
  } catch (error) {
    if (!isDvError(error, 'DV_BAD_RULES')) throw error
    const { line, column } = error.data as { line: number; column: number }
    const lines = bytes.toString().split(/\r\n|\r|\n/).length
    must(line >= 1 && line <= lines && column >= 1, `line ${line}, column ${column} of ${lines} lines`)
    return undefined
  }
}

export const ruleTargets: readonly Target[] = [
  {
    name: 'rules',
    seeds: YAML.map((text) => Buffer.from(text)),
    longest: 2048,
    parse(bytes) {
      const rules = read(bytes)
      if (!rules) return
      const again = readRules(Buffer.from(writeRules(rules.file, [])))
      must(JSON.stringify(again.file) === JSON.stringify(rules.file), 'what is written is what was read')
    },
  },
  {
    name: 'check-notes',
    seeds: NOTES.map((text) => Buffer.from(text)),
    isJson: true,
    parse(bytes) {
      const metadata = new Map(encodeNote(NOTE))
      metadata.set('found', { type: 'string', value: bytes.toString() })
      const read = decodeNote(metadata)
      if (!read) return
      must(
        JSON.stringify(decodeNote(encodeNote(read))) === JSON.stringify(read),
        'what is kept is what was read',
      )
    },
  },
]
