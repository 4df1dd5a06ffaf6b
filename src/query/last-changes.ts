// Which commit changed a path last: the newest that gave it what stands there now, and had it from none of its parents.
import { type CommitId, type ManifestId, toHex } from '../hash/index.js'
import { readCommit, readParent, walkCommits, type WalkedCommit } from '../history/index.js'
import { type Change, diffManifests, iterEntries, lookupMany, sameEntry } from '../manifest/index.js'
import type { Commit } from '../objects/index.js'
import type { Sql, SqlRow } from '../sql/index.js'
import type { Reading } from './history-tables.js'

/** Fills the table `last_changes` with paths and their commits; the commit of all other paths. Reads the whole history. */
export async function fillLastChanges(db: Sql, reading: Reading, tip: CommitId): Promise<string> {
  await db.run('CREATE TABLE last_changes (path VARCHAR, "commit" VARCHAR)')
  const { manifest } = await readCommit(reading.reader, tip)
  const roots: WalkedCommit[] = []
  await db.append('last_changes', lastChanges(reading, { tip, manifest, roots }))
  return toHex(roots.at(-1)!.id)
}

interface Walk {
  tip: CommitId
  manifest: ManifestId
  /** Commits without a parent here are put there. */
  roots: WalkedCommit[]
}

async function* lastChanges(reading: Reading, { tip, manifest, roots }: Walk): AsyncGenerator<SqlRow[]> {
  const { reader, signal } = reading
  const known = new Set<string>()
  const rowsOf = async (changes: readonly Change[], commit: string): Promise<SqlRow[]> => {
    const open = changes.filter(({ path, after }) => after && !known.has(path))
    const now = await lookupMany(
      reader,
      manifest,
      open.map(({ path }) => path),
    )
    const given = open.filter(({ after }, i) => sameEntry(after, now[i]))
    for (const { path } of given) known.add(path)
    return given.map(({ path }) => [path, commit])
  }
  for await (const walked of walkCommits(reader, [tip], { order: 'topological' })) {
    signal?.throwIfAborted()
    const parents = await parentsOf(reading, walked.commit)
    if (parents.length === 0) roots.push(walked)
    else
      for await (const changes of newIn(reading, walked.commit, parents))
        yield await rowsOf(changes, toHex(walked.id))
  }
  // All that no other commit gave is of the first of all. Other beginnings give what they had.
  for (const { id, commit } of roots.slice(0, -1)) {
    for await (const batch of iterEntries(reader, commit.manifest))
      yield await rowsOf(
        batch.map(([path, after]) => ({ path, after })),
        toHex(id),
      )
  }
}

/** The parents that are here: history may end before some. */
async function parentsOf({ reader }: Reading, { parents }: Commit): Promise<ManifestId[]> {
  const here = await Promise.all(parents.map((id) => readParent(reader, id)))
  return here.flatMap((parent) => (parent ? [parent.manifest] : []))
}

/** What a commit has from none of its parents. */
async function* newIn(
  { reader }: Reading,
  { manifest }: Commit,
  [first, ...others]: readonly ManifestId[],
): AsyncGenerator<Change[]> {
  for await (const changes of diffManifests(reader, [first!, manifest])) {
    let left = changes
    for (const other of others) {
      const there = await lookupMany(
        reader,
        other,
        left.map(({ path }) => path),
      )
      left = left.filter(({ after }, i) => !sameEntry(after, there[i]))
    }
    yield left
  }
}
