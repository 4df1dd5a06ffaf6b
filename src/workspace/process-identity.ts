// Which process this is, so that another can tell whether it still runs: a pid alone is used again.
import fs from 'node:fs'
import os from 'node:os'
import { systemCode } from '../base/index.js'

export interface ProcessIdentity {
  pid: number
  host: string
  /** Differs after a restart of the system and in another pid namespace; '' where it cannot be known. */
  realm: string
  /** When the process began, in the system's own unit; '' where it cannot be known. */
  started: string
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, host: os.hostname(), realm: realmHere(), started: startOf(process.pid) }
}

/** Whether the process has certainly ended. False when it runs or when this host cannot know. */
export function hasEnded(other: ProcessIdentity): boolean {
  if (other.host !== os.hostname()) return false
  const [boot, namespace] = other.realm.split(' ')
  const [bootHere, namespaceHere] = realmHere().split(' ')
  if (boot && bootHere && boot !== bootHere) return true
  if (namespace !== namespaceHere) return false
  if (!isRunning(other.pid)) return true
  const started = startOf(other.pid)
  return started !== '' && other.started !== '' && started !== other.started
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

function realmHere(): string {
  const boot = tryRead(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  const namespace = tryRead(() => fs.readlinkSync('/proc/self/ns/pid'))
  return boot === '' ? '' : `${boot} ${namespace}`
}

/** Field 22 of /proc/PID/stat; the second field is the name in parentheses and may hold anything. */
function startOf(pid: number): string {
  const stat = tryRead(() => fs.readFileSync(`/proc/${pid}/stat`, 'latin1'))
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function tryRead(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
