// What a process has used. As a preload of a program (`node --import`) it writes that, when the program ends, to the
// file that DV_BENCH_USAGE names: Node does not tell what a child has used, only a process of itself.
import fs from 'node:fs'
import { isMainThread } from 'node:worker_threads'

export interface Usage {
  /** User and system time of all threads, seconds. */
  cpu: number
  /** The most memory this process has held, bytes. */
  peak: number
}

export function ownUsage(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  return { cpu: (userCPUTime + systemCPUTime) / 1e6, peak: ownPeak() ?? maxRSS * 1024 }
}

/** Linux counts in `maxRSS` what the parent held at the fork; this it does not. */
function ownPeak(): number | undefined {
  if (process.platform !== 'linux') return undefined
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync('/proc/self/status', 'utf8')) ?? []
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

const report = process.env['DV_BENCH_USAGE']
if (isMainThread && report) process.on('exit', () => fs.writeFileSync(report, JSON.stringify(ownUsage())))
