// On what, from what and when was measured.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'

export interface Circumstances {
  machine: string
  system: string
  node: string
  /** Of dv; '+changes' where the project's files differ from it. */
  commit: string
  /** ISO, UTC. */
  date: string
}

const FILE_SYSTEMS: Record<number, string> = {
  0xef53: 'ext4',
  0x1021994: 'tmpfs',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x794c7630: 'overlay',
  0x2fc12fc1: 'zfs',
  0x6969: 'nfs',
}

/** `project`: the folder of dv's sources; `folder`: where is measured. */
export function circumstances(project: string, folder: string): Circumstances {
  const model = os.cpus()[0]?.model.trim() || 'unknown processor'
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GB of memory`
  return {
    machine: `${model}, ${os.availableParallelism()} cores, ${memory}`,
    system: `${os.type()} ${os.release()} (${os.arch()}), ${fileSystemOf(folder)}`,
    node: process.version,
    commit: commitOf(project),
    date: new Date().toISOString().slice(0, 10),
  }
}

function fileSystemOf(folder: string): string {
  const { type } = fs.statfsSync(folder)
  const known = process.platform === 'linux' ? FILE_SYSTEMS[type] : undefined
  return known ?? `file system type 0x${type.toString(16)}`
}

/** What the bench itself writes is no change of dv. */
function commitOf(project: string): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: project, encoding: 'utf8' })
  const head = git('rev-parse', '--short=12', 'HEAD')
  if (head.status !== 0) return 'unknown'
  const changes = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!docs')
  return head.stdout.trim() + (changes.stdout === '' ? '' : '+changes')
}
