import type * as Yaml from 'yaml'
import { load } from '../base/index.js'
import type { RuleFile } from './rules.js'

/** The rule file as text. `head`: lines of comment before it. */
export function writeRules(rules: RuleFile, head: readonly string[]): string {
  const yaml = load<typeof Yaml>('yaml')
  const text = yaml.stringify(rules, { flowCollectionPadding: false, lineWidth: 120, collectionStyle: 'any' })
  return `${head.map((line) => `# ${line}`.trimEnd()).join('\n')}\n${text}`
}
