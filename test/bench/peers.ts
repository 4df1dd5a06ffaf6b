// Who else brings a folder into a bucket and back: rclone, aws and dvc, each where it is installed.
import fs from 'node:fs'
import path from 'node:path'
import type { Sample } from './measure.js'
import { isInstalled, run, type RunOptions } from './programs.js'

/** A bucket on a server of ours. */
export interface Bucket {
  endpoint: string
  name: string
  env: Readonly<Record<string, string>>
}

export interface Peer {
  name: string
  /** Sends all of `tree` to a place of its own in the bucket. */
  push(tree: string): Promise<Sample>
  /** Brings it into the folder `out`, which is not there. Returns where its files are. */
  pull(out: string): Promise<{ sample: Sample; files: string }>
}

/** Those that are installed. `place` is a part of the bucket's names that nobody else uses. */
export function peersOf(bucket: Bucket, place: string, options: RunOptions): Peer[] {
  return [rclone, aws, dvc].flatMap((peer) => {
    const { program, ...rest } = peer(bucket, place, { ...options, env: bucket.env })
    return isInstalled(program) ? [rest] : []
  })
}

type MakePeer = (bucket: Bucket, place: string, options: RunOptions) => Peer & { program: string }

const rclone: MakePeer = ({ endpoint, name }, place, options) => {
  const there = `bench:${name}/${place}-rclone`
  const env = {
    ...options.env,
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Other',
    RCLONE_CONFIG_BENCH_ENV_AUTH: 'true',
    RCLONE_CONFIG_BENCH_ENDPOINT: endpoint,
    RCLONE_CONFIG_BENCH_REGION: 'us-east-1',
  }
  const copy = (from: string, to: string) => run('rclone', ['copy', from, to], { ...options, env })
  return {
    program: 'rclone',
    name: 'rclone copy',
    // What dv keeps beside the files is not sent.
    push: async (tree) =>
      (await run('rclone', ['copy', '--exclude', '/.dv/**', tree, there], { ...options, env })).sample,
    pull: async (out) => ({ sample: (await copy(there, out)).sample, files: out }),
  }
}

const aws: MakePeer = ({ endpoint, name }, place, options) => {
  const there = `s3://${name}/${place}-aws`
  const env = { ...options.env, AWS_DEFAULT_REGION: 'us-east-1' }
  const sync = (from: string, to: string) =>
    run(
      'aws',
      ['s3', 'sync', '--only-show-errors', '--endpoint-url', endpoint, '--exclude', '.dv/*', from, to],
      {
        ...options,
        env,
      },
    )
  return {
    program: 'aws',
    name: 'aws s3 sync',
    push: async (tree) => (await sync(tree, there)).sample,
    pull: async (out) => ({ sample: (await sync(there, out)).sample, files: out }),
  }
}

/** Only what it takes from its cache to the bucket and back is counted: the cache is filled before. */
const dvc: MakePeer = ({ endpoint, name }, place, { home, env }) => {
  const project = path.join(home, `${place}-dvc`)
  const dvc = (cwd: string, ...args: string[]) => run('dvc', args, { cwd, home, env })
  return {
    program: 'dvc',
    name: 'dvc push, dvc pull',
    async push(tree) {
      fs.cpSync(tree, path.join(project, 'data'), {
        recursive: true,
        filter: (file) => path.basename(file) !== '.dv',
      })
      await dvc(project, 'init', '-q', '--no-scm')
      await dvc(project, 'add', '-q', 'data')
      await dvc(project, 'remote', 'add', '-q', '-d', 'bench', `s3://${name}/${place}-dvc`)
      await dvc(project, 'remote', 'modify', '-q', 'bench', 'endpointurl', endpoint)
      return (await dvc(project, 'push', '-q')).sample
    },
    async pull(out) {
      fs.mkdirSync(path.join(out, '.dvc'), { recursive: true })
      for (const file of ['data.dvc', '.dvc/config'])
        fs.cpSync(path.join(project, file), path.join(out, file))
      return { sample: (await dvc(out, 'pull', '-q')).sample, files: path.join(out, 'data') }
    },
  }
}
