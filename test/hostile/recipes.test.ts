// Recipes that lie: they do not come here, and where they are, nothing is made of them; nothing around changes.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parseId } from '../../src/hash/index.js'
import { testRepository } from '../helpers/repository.js'
import { forgeBranch, forgeItems } from './forged.js'
import { dv } from './program.js'
import {
  endless,
  type ForgedFile,
  leafOf,
  OTHER_FILES,
  REFUSED_RECIPES,
  soundFile,
  UNUSUAL_RECIPES,
  WRONG_CHUNKS,
} from './recipes.js'
import { watched } from './watched.js'

const DAMAGE = ['DV_CORRUPT', 'DV_MISSING_OBJECT']
const READABLE = { ...UNUSUAL_RECIPES, ...OTHER_FILES }
const FORGED = { ...REFUSED_RECIPES, ...WRONG_CHUNKS, ...READABLE }
/** The clone is there, and says which file is lost. */
const LAZY = 'clone ../far ../copy --branch evil --lazy'
const FILE = 'forged.bin'
const BUG = 255

/** A working directory, and a store whose branch `evil` has the file; `here`: the working directory's own. */
async function world(
  t: ExecutionContext,
  file: ForgedFile,
  { here = false, others = {} }: { here?: boolean; others?: Record<string, ForgedFile> } = {},
) {
  const made = await testRepository(t, { kept: 'kept', 'a/kept': 'kept' })
  const far = path.join(made.root, '../far')
  const head = parseId<'commit'>((await made.commit('Second', { allowEmpty: true })).commit.id)
  await made.repository.addRemote({ name: 'far', url: far })
  t.is((await dv(made.root, 'push', 'far', 'main')).status, 0)
  const store = here ? path.join(made.root, '.dv/store') : far
  for (const each of [file, ...Object.values(others)]) await forgeItems(store, each)
  await forgeBranch(store, 'evil', leafOf({ [FILE]: file, ...others }), [head])
  fs.writeFileSync(path.join(made.root, '../beside'), 'beside')
  return {
    ...made,
    around: () => watched(path.dirname(made.root), here ? ['work', 'far', 'home'] : ['work/.dv', 'home']),
  }
}

/** What of these is not there is told from what a store lost by nobody: the file is lost, and all else comes. */
const LOST = [
  ...['a root that is a chunk', 'a root that is nowhere', 'a leaf whose chunk is nowhere'],
  'a node for which a chunk stands',
]
const REFUSED = Object.entries({ ...REFUSED_RECIPES, ...UNUSUAL_RECIPES }).filter(
  ([title]) => !LOST.includes(title),
)

for (const title of LOST) {
  test(`${title}, when it comes from elsewhere, is a file that is lost, and all else comes`, async (t) => {
    const { root, around } = await world(t, REFUSED_RECIPES[title]!())
    const before = around()
    t.true(DAMAGE.includes((await dv(root, 'fetch', 'far', '--dry-run')).code ?? ''))
    t.is((await dv(root, 'fetch', 'far')).status, 12)
    t.deepEqual(around(), before)
    const found = await dv(root, 'fsck', '--deep')
    t.is(found.status, 12)
    t.true(found.out.includes(FILE), found.out)
    t.true(DAMAGE.includes((await dv(root, 'cat', `far/evil:${FILE}`)).code ?? ''))
    t.is((await dv(root, 'clone', '../far', '../copy')).status, 12)
    t.deepEqual(fs.readdirSync(path.join(root, '../copy')).sort(), ['.dv', 'a', 'kept'])
    t.is((await dv(path.join(root, '../copy'), 'switch', 'evil')).status, 12)
    t.false(fs.existsSync(path.join(root, '../copy', FILE)))
  })
}

for (const [title, make] of REFUSED) {
  test(`${title} is refused when it comes from elsewhere, and nothing of it is here then`, async (t) => {
    const { root, around } = await world(t, make())
    const before = around()
    for (const verb of [
      'fetch far',
      'fetch far --dry-run',
      'clone ../far ../copy --branch evil',
      'clone ../far ../copy --branch evil --no-checkout',
      ...(title in READABLE ? [] : ['get far@evil: ../got', `cat far@evil:${FILE}`]),
    ]) {
      const { status, code, out } = await dv(root, ...verb.split(' '))
      t.true(DAMAGE.includes(code ?? ''), `${verb}: ${status} ${out}`)
      fs.rmSync(path.join(root, '../got'), { recursive: true, force: true })
      t.deepEqual(around(), before, verb)
    }
    t.is((await dv(root, 'log', 'far/evil')).code, 'DV_UNKNOWN_PATH')
    t.is((await dv(root, 'fsck', '--deep')).status, 0)
    t.not((await dv(root, ...LAZY.split(' '))).status, BUG)
    t.false(fs.existsSync(path.join(root, '../copy', FILE)))
  })
}

for (const [title, make] of Object.entries(FORGED)) {
  test(`${title}, where it is in the store: no file is made of it, and every verb ends`, async (t) => {
    const { root, around } = await world(t, make(), { here: true })
    const before = around()
    for (const verb of [
      'switch evil',
      `restore --source evil ${FILE}`,
      'get evil: ../got',
      'switch main --force',
      'log --all --stat',
      'show evil',
      'ls evil:',
      'du evil:',
      'diff main evil',
      `cat evil:${FILE}`,
      `cat evil:${FILE} --offset 7 --length 5`,
      'gc --now',
      'gc --dry-run',
      `gc --why evil:${FILE}`,
      'push far evil',
      'drop --all --dry-run',
    ]) {
      const { status, out } = await dv(root, ...verb.split(' '))
      t.true(status !== BUG && status !== 2, `${verb}: ${out}`)
      for (const name of ['work', 'got'])
        t.true(title in READABLE || !fs.existsSync(path.join(root, '..', name, FILE)), verb)
      fs.rmSync(path.join(root, '../got'), { recursive: true, force: true })
    }
    t.is((await dv(root, 'fsck', '--deep')).status, 12)
    t.deepEqual(around(), before)
  })
}

test('a file of terabytes, made of few nodes, is no more work than these where it is not read', async (t) => {
  const file = endless()
  t.true(file.entry.size > 1e12, `${file.entry.size}`)
  const part = ['--offset', `${Math.floor(file.entry.size / 2)}`, '--length', '10']
  const { root, around } = await world(t, file)
  const before = around()
  for (const verb of ['fetch far', 'log far/evil --stat', 'du far/evil:', 'gc --now', 'fsck']) {
    const { status, out } = await dv(root, ...verb.split(' '))
    t.is(status, 0, `${verb}: ${out}`)
  }
  const read = await dv(root, 'cat', `far/evil:${FILE}`, ...part)
  t.is(read.status, 0, read.out)
  t.deepEqual(around(), before)
  t.is(
    (await dv(root, 'clone', '../far', '../copy', '--branch', 'evil', '--lazy', '--no-checkout')).status,
    0,
  )
  const lazily = await dv(path.join(root, '../copy'), 'cat', `evil:${FILE}`, ...part)
  t.is(lazily.status, 0, lazily.out)
})

test('a file whose chunks are shorter than it says takes no bytes of the file behind it', async (t) => {
  const lying = WRONG_CHUNKS['chunks that are shorter than the recipe says']!()
  const { root } = await world(t, lying, { here: true, others: { sound: soundFile() } })
  for (const [verb, folder] of [
    ['get evil: ../got', '../got'],
    ['switch evil', '.'],
  ] as const) {
    const { status, out } = await dv(root, ...verb.split(' '))
    t.is(status, 12, out)
    t.false(fs.existsSync(path.join(root, folder, FILE)), verb)
    t.is(fs.statSync(path.join(root, folder, 'sound')).size, soundFile().entry.size, verb)
  }
  const { code, out } = await dv(root, 'cat', `evil:${FILE}`)
  t.is(code, 'DV_CORRUPT', out)
})
