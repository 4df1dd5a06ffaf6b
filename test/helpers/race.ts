// Twenty people, each with a clone of their own and a commit of a different file, who push to one branch at once: by
// processes of the real program, to whatever remote a test gives.
import fs from 'node:fs'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { createApi, type DvApi, type Repository } from '../../src/api/index.js'
import { type Ended, install, runProgram } from './program.js'
import { collect, NO_COMMIT_OPTIONS, temporaryFolder } from './repository.js'

export interface Race {
  /** What a process of dv needs beside its arguments. */
  env?: Readonly<Record<string, string>>
  /** Of the remote: endpoint and the like. */
  settings?: Readonly<Record<string, string>>
  url: string
}

const RACERS = 20

interface Racer {
  root: string
  file: string
  /** Id of the commit that nobody else has. */
  commit: string
}

/** The api as seen from a folder. Who commits is in the configuration of `folder`, which stands for the home. */
function apiAt(cwd: string, folder: string, { env = {} }: Race): DvApi {
  return createApi({ cwd, env: { HOME: folder, ...env }, clock: Date.now, zone: 0 })
}

async function inRepository<T>(api: DvApi, work: (repository: Repository) => Promise<T>): Promise<T> {
  const repository = await api.open()
  try {
    return await work(repository)
  } finally {
    await repository.close()
  }
}

/** Makes the remote with one commit. */
async function begin(folder: string, where: Race): Promise<void> {
  const { url, settings = {} } = where
  const first = path.join(folder, 'first')
  fs.mkdirSync(first)
  fs.writeFileSync(path.join(first, 'README'), 'what all have\n')
  const api = apiAt(first, folder, where)
  await api.config.set('user.name', 'Racer', 'global')
  await api.config.set('user.email', 'racer@example.org', 'global')
  await api.init({})
  await inRepository(api, async (repository) => {
    await repository.commit({ ...NO_COMMIT_OPTIONS, message: 'First' })
    await repository.addRemote({ name: 'origin', url, settings })
    await repository.push({ refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false })
  })
}

/** A clone with something to push. */
async function enter(folder: string, where: Race, i: number): Promise<Racer> {
  const { url, settings = {} } = where
  const root = path.join(folder, `racer-${i}`)
  const file = `results/${i}.csv`
  await apiAt(folder, folder, where).clone({ url, settings, directory: root, sparse: [], checkout: true })
  fs.mkdirSync(path.join(root, 'results'))
  fs.writeFileSync(path.join(root, file), `of racer ${i}\n`.repeat(100 * (i + 1)))
  return await inRepository(apiAt(root, folder, where), async (repository) => {
    const { commit } = await repository.commit({ ...NO_COMMIT_OPTIONS, message: `Result ${i}` })
    return { root, file, commit: commit.id }
  })
}

/** Runs `dv VERB` in all clones at once and holds what must be true afterwards, whoever won: every commit landed or its
 * owner was told by status 3, what landed is in the history of a fresh clone, and that clone is whole. */
export async function race(t: ExecutionContext, verb: 'push' | 'sync', where: Race): Promise<void> {
  const folder = temporaryFolder(t)
  await begin(folder, where)
  const racers: Racer[] = []
  for (let i = 0; i < RACERS; i++) racers.push(await enter(folder, where, i))
  const program = install()
  const env = { ...where.env, HOME: folder }
  const ended = await Promise.all(
    racers.map(({ root }) => runProgram(program, [verb, '--json'], { cwd: root, env })),
  )
  for (const { status, stderr } of ended) t.true(status === 0 || status === 3, `${status}: ${stderr}`)
  const landed = racers.filter((_, i) => ended[i]!.status === 0)
  if (verb === 'push') t.true(landed.length >= 1 && ended.every(wasTold), JSON.stringify(ended))
  else t.is(landed.length, RACERS, JSON.stringify(ended.map(({ stdout }) => stdout)))
  await checkResult(t, { folder, where, racers, landed })
}

async function checkResult(
  t: ExecutionContext,
  { folder, where, racers, landed }: { folder: string; where: Race; racers: Racer[]; landed: Racer[] },
): Promise<void> {
  const { url, settings = {} } = where
  const how = { url, settings, directory: 'after', sparse: [], checkout: true }
  const { directory } = await apiAt(folder, folder, where).clone(how)
  await inRepository(apiAt(directory, folder, where), async (repository) => {
    t.deepEqual((await repository.fsck({ deep: true })).problems, [])
    const log = { revisions: [], paths: [], all: false, changes: false, topological: false }
    const history = new Set((await collect(repository.log(log))).map(({ id }) => id))
    for (const racer of racers) t.is(history.has(racer.commit), landed.includes(racer), racer.file)
  })
  for (const { root, file } of landed)
    t.deepEqual(fs.readFileSync(path.join(directory, file)), fs.readFileSync(path.join(root, file)))
}

/** Whoever did not land read so. */
function wasTold({ status, stdout }: Ended): boolean {
  const { updates } = JSON.parse(stdout) as { updates: { outcome: string; reason?: string }[] }
  const [update] = updates
  return status === 0
    ? update!.outcome === 'fast-forward'
    : update!.outcome === 'rejected' && update!.reason === 'not-fast-forward'
}
