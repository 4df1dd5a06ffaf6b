// Writes spec/vectors/globs.json from what fast-glob finds on disk: node test/vectors/generate-globs.mjs BUILD
// (the folder of a build). A test compares both sides with it.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const { globWorkdir } = await import(
  pathToFileURL(path.resolve(process.argv[2], 'src/workspace/index.js')).href
)

const tree = [
  '.dvignore',
  '.hidden/a.csv',
  'README.md',
  'a.csv',
  'b.csv',
  'data.json',
  'data/.keep',
  'data/2023/01.csv',
  'data/2023/02.csv',
  'data/2024/01.csv',
  'data/2024/notes.txt',
  'data/raw/img_001.png',
  'data/raw/img_002.png',
  'data/raw/img_010.jpg',
  'data/readme.md',
  'images/cat/1.png',
  'images/cat/2.png',
  'images/dog/1.png',
  'images/dog/big/3.png',
  'models/v1/weights.bin',
  'models/v1.5/weights.bin',
  'models/v2/weights.bin',
  'odd/[1].csv',
  'odd/1.csv',
  'odd/a{b}.csv',
  'odd/a*b.csv',
  'odd/!bang',
  'odd/(x)',
  'odd/with space.csv',
  'übung/é.csv',
  'src/train.py',
  'src/deep/er/eval.py',
]

const patterns = [
  ['*'],
  ['**'],
  ['*.csv'],
  ['**/*.csv'],
  ['data/*'],
  ['data/**'],
  ['data/*/*.csv'],
  ['data/202?/*.csv'],
  ['data/202[34]/01.csv'],
  ['data/202[!3]/*'],
  ['data'],
  ['data/'],
  ['./data/raw'],
  ['data/*/'],
  ['images/{cat,dog}/*.png'],
  ['images/**/*.png', '!**/dog/**'],
  ['!images'],
  ['!**/*.csv'],
  ['data', '!data/raw'],
  ['**/img_{001..002}.png'],
  ['models/v[12]/*'],
  ['models/v1*'],
  ['models/v1*/**'],
  ['**/weights.bin'],
  ['.*'],
  ['**/.*'],
  ['@(src|odd)/*.py'],
  ['src/!(deep)'],
  ['**/*.{md,txt}'],
  ['odd/[1].csv'],
  ['odd/\\[1\\].csv'],
  ['odd/a\\*b.csv'],
  ['odd/a{b}.csv'],
  ['odd/*b.csv'],
  ['odd/\\!bang'],
  ['odd/with space.csv'],
  ['übung/*'],
  ['**/é.csv'],
  ['absent'],
  ['a.csv', 'b.csv', 'absent/**'],
  ['images/*'],
  ['images/*/*', '!images/cat/1.png'],
  ['**/2*/**', '!**/*.txt'],
  ['data/**/*'],
  ['**/deep/**'],
  ['data//raw/*.png'],
  ['.'],
  ['*', '!*.csv'],
]

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'dv-globs-'))
for (const file of tree) {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
  fs.writeFileSync(path.join(root, file), '')
}
const vectors = []
for (const given of patterns) vectors.push({ patterns: given, paths: await globWorkdir(root, given) })
fs.rmSync(root, { recursive: true })
fs.writeFileSync(
  'spec/vectors/globs.json',
  `${JSON.stringify({ about: 'spec/10-working-directory.md, "Patterns"', tree, vectors }, undefined, 1)}\n`,
)
