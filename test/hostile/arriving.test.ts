// Hostile trees in a store somewhere else: they do not come here, by whichever verb, and nothing around changes.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type DvError } from '../../src/base/index.js'
import { type CommitId, parseId } from '../../src/hash/index.js'
import { serving } from '../server/world.js'
import { testRepository, type TestRepository } from '../helpers/repository.js'
import { type ForgedEntry, forgeBranch, forgeLeaf } from './forged.js'
import { FILE, TREES } from './trees.js'
import { watched } from './watched.js'

const REFUSED = ['DV_UNSAFE_PATH', 'DV_CORRUPT']
const FETCH = { remote: 'far', all: false, prune: false, tags: true }
const PUSH = { remote: 'far', all: false, tags: false, setUpstream: false, forceWithLease: false }
const CLONE = { url: '../far', directory: '../copy', sparse: [], branch: 'evil' }

interface World extends TestRepository {
  /** The store somewhere else, whose branch `evil` goes on from what is here. */
  far: string
  head: CommitId
  /** Runs a verb, which must be refused with one of these codes, leaving all around as it was. */
  refused(verb: string, work: () => Promise<unknown>): Promise<void>
}

async function world(t: ExecutionContext, entries: readonly ForgedEntry[]): Promise<World> {
  const made = await testRepository(t, { kept: 'kept', 'a/kept': 'kept' })
  const { root, repository } = made
  const parent = path.dirname(root)
  const far = path.join(parent, 'far')
  await repository.addRemote({ name: 'far', url: far })
  const head = parseId<'commit'>((await made.commit('Second', { allowEmpty: true })).commit.id)
  await repository.push({ ...PUSH, refs: ['main'] })
  const leaf = forgeLeaf([...entries, ['kept', FILE], ['zzz', FILE]])
  await forgeBranch(far, 'evil', leaf, [head])
  fs.writeFileSync(path.join(parent, 'beside'), 'beside')
  return {
    ...made,
    far,
    head,
    async refused(verb, work) {
      const before = around(root)
      const error = await work().then(
        () => undefined,
        (failure: DvError) => failure,
      )
      t.true(REFUSED.includes(error?.code ?? ''), `${verb}: ${error?.stack ?? 'it went through'}`)
      t.deepEqual(around(root), before, verb)
    },
  }
}

/** All around a working directory and in it, but what dv keeps of its own. */
function around(root: string): string[] {
  return watched(path.dirname(root), ['work/.dv', 'home', 'other'])
}

for (const [title, entries] of Object.entries(TREES)) {
  test(`${title} in a remote's commit is refused by fetch and clone, and nothing changes`, async (t) => {
    const { api, repository, refused } = await world(t, entries)
    await refused('fetch', () => repository.fetch(FETCH))
    await refused('clone', () => api.clone({ ...CLONE, checkout: true }))
    for (const name of ['far/evil', 'evil']) t.false(await repository.isRevision(name), name)
  })
}

const SOME = [
  'a path that begins with ..',
  'a hook of git in capitals',
  'a name that HFS+ takes for .git',
  'a link out of the tree and a file below it',
  'the same path twice',
]
for (const title of SOME) {
  test(`${title} in a remote's commit is refused by every other way here`, async (t) => {
    const made = await world(t, TREES[title]!)
    const { api, repository, refused, root, head } = made
    await refused('clone without checkout', () => api.clone({ ...CLONE, checkout: false }))
    await refused('clone --lazy', () => api.clone({ ...CLONE, checkout: true, lazy: true }))
    await refused('clone --depth', () => api.clone({ ...CLONE, checkout: true, depth: 1 }))
    await refused('clone --sparse', () => api.clone({ ...CLONE, checkout: true, sparse: ['kept'] }))
    await refused('clone --dry-run', () => api.clone({ ...CLONE, checkout: true, dryRun: true }))
    await refused('fetch --dry-run', () => repository.fetch({ ...FETCH, dryRun: true }))
    await refused('get', () => repository.get({ address: 'far@evil:', destination: '../got', force: false }))
    // A new store is made before anything can be looked at; nothing is in it then.
    await refused('mirror', () => api.mirror({ from: 'far', to: '../other', prune: false, force: false }))
    t.deepEqual(fs.readdirSync(path.join(root, '../other')).sort(), ['dv.json', 'tmp'])
    // Were it in the store here, whatever brought it, it comes no further.
    await forgeBranch(path.join(root, '.dv/store'), 'evil', forgeLeaf([...TREES[title]!]), [head])
    await refused('merge', () => repository.merge({ revision: 'evil', fastForward: 'only' }))
  })
}

for (const title of SOME) {
  test(`${title} in a commit that is merged is refused or settled, and nothing outside changes`, async (t) => {
    const { repository, root, head } = await world(t, [])
    await forgeBranch(path.join(root, '.dv/store'), 'evil', forgeLeaf([...TREES[title]!]), [head])
    const before = watched(path.dirname(root), ['work'])
    const outcome = await repository.merge({ revision: 'evil', fastForward: 'never' }).then(
      // A link and what is below it are in conflict: the link goes beside.
      (result) => result.outcome,
      (error: DvError) => error.code,
    )
    t.true([...REFUSED, 'conflicts'].includes(outcome), outcome)
    t.deepEqual(watched(path.dirname(root), ['work']), before)
    t.false(fs.existsSync(path.join(root, '.GIT')))
  })
}

test('a hostile tree that is served is data: no request leads to a file of the server', async (t) => {
  const { api, root } = await world(t, [
    ['../beside', FILE],
    ['a', { link: '../../beside' }],
  ])
  fs.writeFileSync(path.join(root, '../far/beside'), 'secret')
  const before = around(root)
  const { ask } = await serving(t, await api.publish({ repo: '../far' }))
  for (const target of ['/evil/../beside', '/evil/%2e%2e/beside', '/evil/a', '/evil/', '/evil/kept']) {
    // An answer that has begun when the damage is found is broken off.
    const text = await ask(target).then(
      (reply) => reply.text,
      () => '',
    )
    t.false(text.includes('secret'), target)
  }
  t.deepEqual(around(root), before)
})
