// dv meta --where: metadata of what an expression means, what is not committed yet counting.
import test from 'ava'
import type { Repository } from '../../src/api/index.js'
import { plates } from '../helpers/plates.js'
import { collect } from '../helpers/repository.js'

const SWITCH = { to: 'data', create: false, detach: 'never', force: false } as const

function set(repository: Repository, where: string, values: Record<string, string>, paths: string[] = []) {
  return repository.setMetadata({ paths, where, set: values, types: {}, unset: [] })
}

async function got(
  repository: Repository,
  where: string,
  paths: string[] = [],
): Promise<[string, unknown][]> {
  const items = await collect(repository.getMetadata({ paths, where, keys: ['stain'] }))
  return items.map(({ path, metadata, inherited }) => [path!, metadata['stain'] ?? inherited['stain']])
}

test('metadata is set, shown and unset of what an expression means, pending metadata counting', async (t) => {
  const { repository, commit } = await plates(t)
  await repository.switch(SWITCH)
  t.like(await set(repository, "plate = 35 AND extension = 'tif'", { stain: 'DAPI' }), {
    paths: 2,
    changed: 2,
  })
  t.like(await set(repository, "stain = 'DAPI' AND reviewed", { stain: 'GFP' }), { paths: 1, changed: 1 })
  t.deepEqual(
    (await got(repository, 'stain IS NOT NULL')).map(([path]) => path),
    ['plates/p35/A01.tif', 'plates/p35/A02.tif'],
  )
  await commit('Stains')
  const at = await collect(repository.ls({ operands: [], recursive: false, where: "stain = 'GFP'" }))
  t.deepEqual(
    at.map(({ path }) => path),
    ['plates/p35/A01.tif'],
  )
  t.like(await set(repository, 'stain IS NOT NULL', { stain: 'none' }, ['**/A02.tif']), {
    paths: 1,
    changed: 1,
  })
  const none = { paths: [], where: "stain = 'GFP'", set: {}, types: {}, unset: ['stain'] }
  t.like(await repository.setMetadata(none), { paths: 1, changed: 1 })
  t.deepEqual(
    (await got(repository, 'stain IS NOT NULL')).map(([path]) => path),
    ['plates/p35/A02.tif'],
  )
})

test('an expression that is none, or about what nothing has, changes nothing', async (t) => {
  const { repository } = await plates(t)
  await repository.switch(SWITCH)
  await t.throwsAsync(set(repository, 'plate =', { x: '1' }), { code: 'DV_BAD_EXPRESSION' } as object)
  await t.throwsAsync(set(repository, 'plte = 1', { x: '1' }), { code: 'DV_UNKNOWN_COLUMN' } as object)
  t.true((await repository.status({ all: true, paths: [], rehash: false })).clean)
})

test('a key that nothing has is told with the nearest ones, what waits to be committed counting', async (t) => {
  const { repository } = await plates(t)
  await repository.switch(SWITCH)
  await set(repository, 'plate = 35', { stain: 'DAPI' })
  const error = await t.throwsAsync(set(repository, "stian = 'DAPI'", { x: '1' }), {
    code: 'DV_UNKNOWN_COLUMN',
  } as object)
  t.like((error as { data?: object }).data, {
    column: 'stian',
    nearest: ['stain'],
    expression: "stian = 'DAPI'",
  })
  t.deepEqual((await set(repository, "stain = 'GFP'", { x: '1' })).paths, 0)
})
