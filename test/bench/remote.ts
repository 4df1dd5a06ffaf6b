// Pushes to a bucket and clones of it, beside programs that copy files there: a real server on loopback, the same one for
// all. Nothing is measured where the server's program is missing.
import fs from 'node:fs'
import path from 'node:path'
import { findProgram } from '../servers/find-program.js'
import { type RunningServer, startServer } from '../servers/s3-server.js'
import { writeFiles } from './files.js'
import { type Bench, inTurn, type Note, noteSeconds, type Recorder } from './measure.js'
import { type Peer, peersOf } from './peers.js'
import { dv, initRepository, settle } from './programs.js'
import { checkSame, writeImages, writeTable } from './workloads.js'

const IMAGES = 2000
const SMALL_FILES = 100_000
const TABLE_ROWS = 5_000_000
const TABLE = 'measurements.csv'
/** The others are slower by far, so that once is enough. */
const PEER_OF_ALL_ROUNDS = 'rclone copy'

interface Place {
  server: RunningServer
  note: Note
  record: Recorder
  /** What is sent: `images`, `small`, `table`. */
  workload: string
  scaled: Scaled
  round: number
  tree: string
  scratch: string
  home: string
}

/** `scale`: how large the workloads are, as a part of 1. */
export async function benchRemote({ rounds, folder, record }: Bench, scale: number): Promise<void> {
  const program = findProgram('versitygw')
  if (program === undefined)
    return console.error("remote: versitygw is not here ('.ci/servers' builds it): nothing is measured")
  const server = await startServer({ kind: 'versitygw', path: program })
  try {
    const scaled = (count: number) => Math.max(1, Math.round(count * scale))
    for (const workload of Object.keys(WORKLOADS))
      await benchWorkload({ rounds, folder, record }, { server, workload, scaled })
  } finally {
    await server.stop()
  }
}

type Scaled = (count: number) => number

const WORKLOADS: Record<string, (tree: string, scaled: Scaled) => Promise<void>> = {
  images: (tree, scaled) => writeImages(tree, scaled(IMAGES)),
  small: (tree, scaled) => writeFiles(tree, scaled(SMALL_FILES), () => 1),
  table: async (tree, scaled) => {
    fs.mkdirSync(tree)
    await writeTable(path.join(tree, TABLE), scaled(TABLE_ROWS), 1)
  },
}

async function benchWorkload(
  { rounds, folder, record }: Bench,
  { server, workload, scaled }: Pick<Place, 'server' | 'workload' | 'scaled'>,
): Promise<void> {
  const note = noteSeconds(record, { group: 'remote' })
  for (let round = 0; round < rounds; round++) {
    const scratch = path.join(folder, `remote-${workload}-${round}`)
    const tree = path.join(scratch, 'tree')
    fs.mkdirSync(scratch)
    await WORKLOADS[workload]!(tree, scaled)
    const place = { server, note, record, workload, scaled, round, tree, scratch, home: folder }
    await benchRound(place)
    await fs.promises.rm(scratch, { recursive: true })
  }
}

async function benchRound(place: Place): Promise<void> {
  const { server, workload, round, tree, scratch, home } = place
  const options = { cwd: tree, home, env: server.env }
  const bucket = { endpoint: server.endpoint, name: server.bucket, env: server.env }
  await initRepository(options)
  await dv(['commit', '-q', '-m', 'Version 1'], options)
  const address = server.newAddress()
  await dv(['remote', 'add', 'origin', address, '--endpoint', server.endpoint], options)
  await settle(options)
  const peers = peersOf(bucket, `${workload}-${round}`, { cwd: scratch, home }).filter(
    ({ name }) => name === PEER_OF_ALL_ROUNDS || (round === 0 && workload === 'images'),
  )
  await inTurn(round, [() => firstPush(place), ...peers.map((peer) => () => peerPush(place, peer))])
  await settle(options)
  await inTurn(round, [() => fullClone(place, address), ...peers.map((peer) => () => peerPull(place, peer))])
  if (workload === 'table') await benchNextVersion(place, peers)
}

async function firstPush({ note, workload, server, tree, home }: Place): Promise<void> {
  const { sample } = await dv(['push', '-q', '-u', 'origin', 'main'], { cwd: tree, home, env: server.env })
  note(`${workload}: first push`, sample, rowOf(workload, PEER_OF_ALL_ROUNDS, 'there'))
}

async function fullClone(
  { note, workload, server, tree, scratch, home }: Place,
  address: string,
): Promise<void> {
  const out = path.join(scratch, 'clone')
  const words = ['clone', '-q', address, out, '--endpoint', server.endpoint]
  const { sample } = await dv(words, { cwd: scratch, home, env: server.env })
  await checkSame(tree, out)
  note(`${workload}: full clone`, sample, rowOf(workload, PEER_OF_ALL_ROUNDS, 'back'))
}

async function peerPush({ note, workload, tree }: Place, peer: Peer): Promise<void> {
  note(rowOf(workload, peer.name, 'there'), await peer.push(tree))
}

async function peerPull({ note, workload, tree, scratch }: Place, peer: Peer): Promise<void> {
  const { sample, files } = await peer.pull(path.join(scratch, `back-${peer.name.slice(0, 4).trim()}`))
  await checkSame(tree, files)
  note(rowOf(workload, peer.name, 'back'), sample)
}

function rowOf(workload: string, peer: string, way: 'there' | 'back'): string {
  return `${workload}: ${peer}, ${way}`
}

/** A table of which one row in a thousand is another: time, and what was moved. */
async function benchNextVersion(place: Place, peers: readonly Peer[]): Promise<void> {
  const { note, record, server, scaled, round, tree, home } = place
  const options = { cwd: tree, home, env: server.env }
  await writeTable(path.join(tree, TABLE), scaled(TABLE_ROWS), 2)
  await dv(['commit', '-q', '-m', 'Version 2'], options)
  await settle(options)
  const push = async () => {
    const { sample, stdout } = await dv(['push', '--json'], options)
    note('table: push of version 2', sample, 'table: rclone copy of version 2')
    const { sent } = JSON.parse(stdout) as { sent: { bytes: number } }
    record({ group: 'remote', what: 'table: moved for version 2', unit: 'MB' }, { value: sent.bytes / 1e6 })
  }
  const copies = peers
    .filter(({ name }) => name === PEER_OF_ALL_ROUNDS)
    .map((peer) => async () => note(`table: ${peer.name} of version 2`, await peer.push(tree)))
  await inTurn(round, [push, ...copies])
}
