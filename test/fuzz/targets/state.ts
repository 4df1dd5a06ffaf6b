// What lies in `.dv` and may have come with a folder that somebody else packed.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { utf8 } from '../../../src/base/index.js'
import { blake3, checksum, hashChunk, hashObject, toHex } from '../../../src/hash/index.js'
import { seal } from '../../../src/codec/index.js'
import {
  openWorkdir,
  loadStatCache,
  lockWorkdir,
  readHead,
  readMerge,
  readSparse,
  readSparseBefore,
  readUnfinishedCheckout,
  StatCacheWriter,
  undoMerge,
  type Workdir,
} from '../../../src/workspace/index.js'
import type { Target } from './index.js'

/** In memory where there is such a folder. */
const FAST = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()
const root = fs.mkdtempSync(path.join(FAST, 'dv-fuzz-'))
process.once('exit', () => fs.rmSync(root, { recursive: true, force: true }))
const dvDir = path.join(root, '.dv')
fs.mkdirSync(dvDir)
const workdir: Workdir = { root, dvDir, id: 'w1', store: path.join(dvDir, 'store') }

/** Inputs are the JSON of a state file. */
function stateTarget(name: string, read: () => unknown, seeds: readonly object[]): Target {
  const file = path.join(dvDir, name)
  return {
    name: `state-${name}`,
    isJson: true,
    seeds: seeds.map((record) => seal(record).subarray(0, -65)),
    parse(bytes) {
      fs.writeFileSync(file, Buffer.concat([bytes, utf8(`${toHex(checksum(bytes))}\n`)]))
      return read()
    },
  }
}

const commit = toHex(hashObject('commit', utf8('c')))
const MERGE = {
  kind: 'merge',
  ours: commit,
  theirs: commit,
  theirsName: 'other',
  labels: { ours: 'main', theirs: 'other' },
  theirsTree: commit,
  before: commit,
  tree: commit,
  shown: commit,
  pending: commit,
  message: "merge 'other'",
  conflicts: [{ path: 'a', kind: 'both-modified', ours: 'a.ours', markers: true, metadataKeys: ['k'] }],
  beyond: ['b'],
}

function statCache(): Buffer {
  const file = path.join(dvDir, 'seed')
  const writer = new StatCacheWriter(file)
  const content = hashChunk(utf8('x'))
  const times = { mtimeNs: 5n, ctimeNs: 6n, inode: 7n, racy: false, inBase: true }
  writer.add({ path: 'a', kind: 'file', size: 5, content, ...times })
  writer.add({ path: 'räume', kind: 'directory', size: 0, content: undefined, ...times })
  writer.add({ path: 'räume/b', kind: 'symlink', size: 2 ** 40, content, ...times, racy: true })
  writer.finish(file, { base: hashObject('manifest', utf8('m')), isComplete: true, over: undefined })
  return fs.readFileSync(file)
}

export const stateTargets: readonly Target[] = [
  stateTarget('workdir.json', () => openWorkdir(root), [{ version: 1, id: 'w1', store: '.dv/store' }]),
  stateTarget('head', () => readHead(workdir), [{ branch: 'main' }, { commit }]),
  stateTarget('checkout', () => readUnfinishedCheckout(workdir), [{ to: commit }]),
  stateTarget('sparse', () => [readSparse(workdir), readSparseBefore(workdir)], [
    { patterns: ['a/**', '!b'], before: ['c'] },
  ]),
  stateTarget('merge', () => readMerge(workdir), [MERGE]),
  stateTarget('merges', () => undoMerge(workdir, { target: 'none', operation: 'w1-2-00112233' }), [
    { changes: [{ operation: 'w1-1-00112233', before: MERGE }, { operation: 'w1-0-00112233' }] },
  ]),
  {
    name: 'state-lock',
    isJson: true,
    seeds: [
      utf8(
        JSON.stringify({
          pid: 1,
          host: 'h',
          realm: 'r s',
          started: '5',
          nonce: '0a1b2c3d4e5f'.repeat(2),
          since: 'now',
        }),
      ),
    ],
    parse(bytes) {
      fs.writeFileSync(path.join(dvDir, 'lock'), bytes)
      lockWorkdir(dvDir).release()
    },
  },
  {
    name: 'stat-cache',
    seeds: [statCache()],
    parse(bytes) {
      const file = path.join(dvDir, 'stat-cache')
      if (bytes.length > 32) bytes.set(blake3.hash(bytes.subarray(0, -32)), bytes.length - 32)
      fs.writeFileSync(file, bytes)
      return [...(loadStatCache(file)?.entries() ?? [])]
    },
  },
]
