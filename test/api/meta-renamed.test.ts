// A file that is only called otherwise keeps its metadata when it is committed.
import test from 'ava'
import fc from 'fast-check'
import { collect, type TestRepository, testRepository } from '../helpers/repository.js'

function set(made: TestRepository, path: string, values: Record<string, string>) {
  return made.repository.setMetadata({ paths: [path], set: values, types: {}, unset: [] })
}

async function own(made: TestRepository, path: string) {
  const [item] = await collect(made.repository.getMetadata({ paths: [path], keys: [], at: 'HEAD' }))
  return item!.metadata
}

test('a renamed file keeps what it had and what waits for it; what is set at its new path wins by name', async (t) => {
  const made = await testRepository(t, { 'a.tif': 'pixels', other: 'x' })
  await set(made, 'a.tif', { line: 'A', plate: '1', stain: 'DNA' })
  await made.commit('Metadata')
  await set(made, 'a.tif', { stain: 'RNA', well: 'A01' })
  made.write({ 'a.tif': undefined, 'in/b.tif': 'pixels' })
  await set(made, 'in/b.tif', { plate: '2' })
  const { metadataKept } = await made.commit('Rename')
  const examples = [{ from: 'a.tif', path: 'in/b.tif' }]
  t.deepEqual(metadataKept, { count: 1, examples, unclear: 0 })
  t.deepEqual(await own(made, 'in/b.tif'), { line: 'A', plate: 2, stain: 'RNA', well: 'A01' })
  t.true((await made.repository.status({ all: true, paths: [], rehash: false })).clean)
  t.deepEqual((await made.repository.fsck({ deep: true })).problems, [])
  await made.repository.undo({})
  t.deepEqual(await own(made, 'a.tif'), { line: 'A', plate: 1, stain: 'DNA' })
})

test('a renamed directory keeps what it had, unless its files went to several places', async (t) => {
  const made = await testRepository(t, { 'p7/a': '1', 'p7/deep/b': '2', 'p8/a': '3', 'p8/b': '4' })
  await set(made, 'p7', { plate: '7' })
  await set(made, 'p8', { plate: '8' })
  await made.commit('Metadata')
  made.write({ 'p7/a': undefined, 'p7/deep/b': undefined, 'in/p7/a': '1', 'in/p7/deep/b': '2' })
  made.write({ 'p8/a': undefined, 'p8/b': undefined, 'x/a': '3', 'y/b': '4' })
  const { metadataKept } = await made.commit('Move')
  t.deepEqual(metadataKept, { count: 1, examples: [{ from: 'p7', path: 'in/p7' }], unclear: 0 })
  t.deepEqual(await own(made, 'in/p7/deep/b'), { plate: 7 })
  t.deepEqual(await own(made, 'x/a'), {})
})

test('of equal files those of the same name are the same; where nobody can tell, nothing is guessed and it is told', async (t) => {
  const made = await testRepository(t, { 'a/x': 'blank', 'a/y': 'blank', 'a/z': 'blank' })
  for (const name of ['x', 'y', 'z']) await set(made, `a/${name}`, { was: name })
  await made.commit('Metadata')
  made.write({
    'a/x': undefined,
    'b/x': 'blank',
    'a/y': undefined,
    'a/z': undefined,
    'b/v': 'blank',
    'b/w': 'blank',
  })
  const { metadataKept } = await made.commit('Move')
  t.deepEqual(metadataKept, { count: 1, examples: [{ from: 'a/x', path: 'b/x' }], unclear: 2 })
  t.deepEqual(await own(made, 'b/x'), { was: 'x' })
  t.deepEqual(await own(made, 'b/v'), {})
})

test('a copy takes nothing along, nor does a file that is only partly committed as a rename', async (t) => {
  const made = await testRepository(t, { a: 'same', b: 'other' })
  await set(made, 'a', { k: '1' })
  await made.commit('Metadata')
  made.write({ copy: 'same', b: undefined })
  t.is((await made.commit('Copy')).metadataKept, undefined)
  t.deepEqual(await own(made, 'copy'), {})
  t.deepEqual(await own(made, 'a'), { k: 1 })
})

test('metadata of a file that is renamed before any commit has it is told of, and an undo has it again', async (t) => {
  const made = await testRepository(t, { old: 'x' })
  made.write({ 'a.tif': 'pixels' })
  await set(made, 'a.tif', { line: 'A' })
  await set(made, 'old', { line: 'B' })
  const waiting = async () => (await made.repository.status({ all: true, paths: [], rehash: false })).metadata
  made.write({ 'a.tif': undefined, 'b.tif': 'pixels' })
  const [first, second] = (await waiting())!.items
  t.like(first, { path: 'a.tif', absent: true })
  t.deepEqual(second, { path: 'old', set: { line: 'B' }, unset: [] })
  const { metadataDropped } = await made.commit('Both')
  t.deepEqual(metadataDropped, { count: 1, examples: ['a.tif'] })
  t.is(await waiting(), undefined)
  await made.repository.undo({})
  t.like((await waiting())!.items[0], { path: 'a.tif', set: { line: 'A' }, absent: true })
  made.write({ 'b.tif': undefined, 'a.tif': 'pixels' })
  t.is((await made.commit('Both')).metadataDropped, undefined)
  t.deepEqual(await own(made, 'a.tif'), { line: 'A' })
})

test('metadata set of a recorded file that is deleted goes with it, and that is not told', async (t) => {
  const made = await testRepository(t, { a: '1', b: '2' })
  await set(made, 'a', { k: '1' })
  made.write({ a: undefined })
  t.is((await made.commit('Delete')).metadataDropped, undefined)
})

test('wherever files go, their metadata is with their content', async (t) => {
  const made = await testRepository(t, { first: 'first' })
  const places = new Map<number, string>()
  let fresh = 0
  const move = fc.record({
    file: fc.nat({ max: 4 }),
    folder: fc.constantFrom('', 'a/', 'a/b/', 'c/'),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(move, { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
      async (commits) => {
        for (const moves of commits) {
          for (const { file, folder } of new Map(moves.map((one) => [one.file, one])).values()) {
            const from = places.get(file)
            const to = `${folder}f${file}-${fresh++}`
            made.write({ ...(from !== undefined && { [from]: undefined }), [to]: `content ${file}` })
            places.set(file, to)
            if (from === undefined) await set(made, to, { file: String(file) })
          }
          await made.commit('Moved')
          for (const [file, path] of places) t.deepEqual(await own(made, path), { file })
        }
      },
    ),
    { numRuns: 8 },
  )
})
