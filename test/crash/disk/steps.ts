// What a program did to its disk, call by call, as a file: written by recorder.ts in the program, read here.
import fs from 'node:fs'

/** One call that the system carried out. Paths are absolute. */
export type Step =
  | {
      do: 'open'
      fd: number
      path: string
      creates: boolean
      truncates: boolean
      appends: boolean
      mode: number
    }
  | { do: 'close'; fd: number }
  | { do: 'write'; fd: number; at: number | undefined; bytes: Buffer }
  | { do: 'truncate'; fd: number; size: number }
  | { do: 'sync'; fd: number }
  | { do: 'mkdir'; path: string }
  | { do: 'rmdir' | 'unlink'; path: string }
  | { do: 'rename' | 'link'; path: string; to: string }
  | { do: 'symlink'; path: string; target: string }
  | { do: 'chmod'; path: string; mode: number }
  | { do: 'fchmod'; fd: number; mode: number }

const HEAD_BYTES = 8

/** One record: the lengths of both parts, the step as JSON, the bytes written. */
export function encodeStep(step: Step): Buffer[] {
  const { bytes = Buffer.alloc(0), ...plain } = { bytes: undefined, ...step }
  const text = Buffer.from(JSON.stringify(plain))
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(text.length, 0)
  head.writeUInt32LE(bytes.length, 4)
  return [head, text, bytes]
}

export function readSteps(file: string): Step[] {
  const all = fs.readFileSync(file)
  const steps: Step[] = []
  for (let at = 0; at < all.length;) {
    const [text, bytes] = [all.readUInt32LE(at), all.readUInt32LE(at + 4)]
    const from = at + HEAD_BYTES
    const step = JSON.parse(all.toString('utf8', from, from + text)) as Step
    if (step.do === 'write') step.bytes = all.subarray(from + text, from + text + bytes)
    steps.push(step)
    at = from + text + bytes
  }
  return steps
}
