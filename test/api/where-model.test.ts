// What is checked out by an expression against a model: random metadata of files and directories, random steps between
// commits, and work of the user's in between.
import test from 'ava'
import fc from 'fast-check'
import { howMany } from '../helpers/torture.js'
import { plates } from '../helpers/plates.js'

const PATHS = ['a/one', 'a/two', 'a/b/one', 'a/b/two', 'c/one', 'top']
const DIRECTORIES = ['a', 'a/b', 'c']
const STATUS = { all: true, paths: [], rehash: false }

const value = fc.constantFrom(undefined, 1, 2)
/** Metadata 'k' by path; and contents of files, some absent. */
const tree = fc.record({
  own: fc.record(Object.fromEntries([...PATHS, ...DIRECTORIES].map((path) => [path, value]))),
  contents: fc.record(
    Object.fromEntries(PATHS.map((path) => [path, fc.constantFrom(undefined, 'x', 'yy', 'zzz')])),
  ),
})
type Tree = { own: Record<string, number | undefined>; contents: Record<string, string | undefined> }

const EXPRESSIONS: Record<string, (k: number | undefined, path: string, text: string) => boolean> = {
  'k = 1': (k) => k === 1,
  'k <> 1': (k) => k !== undefined && k !== 1,
  'k IS NULL OR size = 2': (k, _, text) => k === undefined || text.length === 2,
  "k = 2 OR directory = 'a'": (k, path) => k === 2 || /^a\/[^/]*$/.test(path),
  "size > 1 AND NOT path LIKE 'a/b%'": (_, path, text) => text.length > 1 && !path.startsWith('a/b'),
}

function effective({ own }: Tree, path: string): number | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/'))))
    if (own[at] !== undefined) return own[at]
  return undefined
}

function meant(of: Tree, expression: string): string[] {
  return PATHS.filter((path) => {
    const text = of.contents[path]
    return text !== undefined && EXPRESSIONS[expression]!(effective(of, path), path, text)
  }).sort()
}

/** The lines that make one tree of another; first what stands there, then its metadata. */
function linesTo(of: Tree): [object[], object[]] {
  const stands = (path: string) =>
    PATHS.some((file) => of.contents[file] !== undefined && (file === path || file.startsWith(`${path}/`)))
  const files = PATHS.map((path) =>
    of.contents[path] === undefined
      ? { op: 'delete', path, missingOk: true }
      : { op: 'put', path, data: of.contents[path] },
  )
  const metadata = [...PATHS, ...DIRECTORIES].filter(stands).map((path) => ({
    ...{ op: 'meta', path },
    ...(of.own[path] === undefined ? { unset: ['k'] } : { set: { k: of.own[path] } }),
  }))
  return [files, metadata]
}

test('what is checked out is what the expression means in the tree gone to, and nothing seems changed', async (t) => {
  t.timeout(300_000)
  const steps = fc.record({
    trees: fc.array(tree, { minLength: 2, maxLength: 3 }),
    asked: fc.constantFrom(...Object.keys(EXPRESSIONS)),
    walk: fc.array(fc.nat(2), { minLength: 2, maxLength: 5 }),
  })
  await fc.assert(
    fc.asyncProperty(steps, async ({ trees, asked, walk }) => {
      const { repository, change, list } = await plates(t, [
        { op: 'put', path: 'always', data: 'k', meta: { k: 9 } },
      ])
      const commits: string[] = []
      for (const one of trees) {
        const [files, metadata] = linesTo(one)
        await change(files)
        if (metadata.length > 0) await change(metadata)
        commits.push(
          (await repository.branches({ remotes: false, all: false })).find(({ name }) => name === 'data')!
            .commit!.id,
        )
      }
      const go = (at: number) =>
        repository.switch({ to: commits[at]!, create: false, detach: 'always', force: false })
      await go(0)
      await repository.sparse({ patterns: [], where: asked, force: false })
      for (const step of [0, ...walk]) {
        const at = step % trees.length
        await go(at)
        const wanted = meant(trees[at]!, asked)
        t.deepEqual(
          list()
            .filter((name) => name !== 'always')
            .sort(),
          wanted,
          `${asked} at ${at}`,
        )
        const { clean, groups } = await repository.status(STATUS)
        t.true(clean, JSON.stringify(groups))
      }
    }),
    { numRuns: howMany({ daily: 5, torture: 200 }) },
  )
})
