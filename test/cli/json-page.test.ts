import fs from 'node:fs'
import test from 'ava'
import { isGroup } from '../../src/cli/command.js'
import { VERBS, VISIBLE } from '../../src/cli/registry.js'

test('spec/12-json.md tells what every verb prints', async (t) => {
  const rows = [...fs.readFileSync('spec/12-json.md', 'utf8').matchAll(/^\| (`[a-z].*?) +\| .{8,}\|$/gm)]
  const listed = new Set(rows.flatMap(([, cell]) => wordsOf(cell!)))
  for (const name of VISIBLE) {
    const loaded = await VERBS.get(name)!.load()
    const names = isGroup(loaded) ? loaded.commands.map((command) => command.name) : [loaded.name]
    for (const one of names) t.true(listed.has(one), `spec/12-json.md has no row for '${one}'`)
  }
})

test('spec/12-json.md names only types that the results of src/api have', (t) => {
  const files = fs.readdirSync('src/api').filter((file) => /\bresults?\.ts$/.test(file))
  const results = files.map((file) => fs.readFileSync(`src/api/${file}`, 'utf8')).join('')
  const named = fs.readFileSync('spec/12-json.md', 'utf8').match(/\b[A-Z][a-z]+[A-Z][A-Za-z]+\b/g) ?? []
  t.true(named.length > 20)
  for (const name of new Set(named)) t.regex(results, new RegExp(`export (interface|type) ${name}\\b`))
})

/** '`remote add`, `remove`' as 'remote add' and 'remote remove'. */
function wordsOf(cell: string): string[] {
  const words = [...cell.matchAll(/`([a-z -]+)`/g)].map(([, word]) => word!)
  const group = words[0]!.split(' ')[0]!
  return words.map((word, i) => (i > 0 && !word.includes(' ') ? `${group} ${word}` : word))
}
