// What versitygw writes about each request it answered: the counts that tests assert are the server's own.
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface LoggedRequest {
  /** As the server calls it: GetObject, HeadObject, PutObject, ListObjectsV2 … */
  operation: string
  /** The object's name, after the bucket; '' where the bucket itself was asked. */
  key: string
  status: number
  /** Bytes of the object that were read or written; 0 where the server does not say. */
  bytes: number
}

// OWNER BUCKET [TIME] ADDRESS REQUESTER ID s3_OPERATION KEY URI STATUS ERROR SENT SIZE …
const LINE = /^\S+ \S+ \[[^\]]+\] \S+ \S+ \S+ s3_(\S+) (\S+) \S+ (\d+) \S+ \S+ (\d+) /

/** The requests logged after the first `from` bytes of the log. */
export async function readAccessLog(file: string, from: number): Promise<LoggedRequest[]> {
  await settle(file)
  return fs.readFileSync(file).subarray(from).toString('utf8').split('\n').flatMap(parseLine)
}

/** Length of the log, bytes. */
export async function accessLogLength(file: string): Promise<number> {
  await settle(file)
  return length(file)
}

/** A line is written after its answer: waits until the log has been still for a moment. */
async function settle(file: string): Promise<void> {
  for (let before = -1; before !== length(file); await sleep(50)) before = length(file)
}

function length(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function parseLine(line: string): LoggedRequest[] {
  const [, operation, key, status, bytes] = LINE.exec(line) ?? []
  if (operation === undefined || key === undefined) return []
  return [{ operation, key: key === '-' ? '' : key, status: Number(status), bytes: Number(bytes) }]
}
