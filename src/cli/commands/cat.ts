import type { CatResult } from '../api-types.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'

export const cat = defineCommand({
  name: 'cat',
  summary: 'Print a file of a commit',
  usage: ['[REPO@]REV:PATH', 'PATH'],
  description: `
    Bytes out are the bytes that went in; a range reads only what it needs, of a remote too. PATH alone is
    HEAD's; REPO is a remote's name, a folder or a URL.
    With --json the content is text ("encoding": "utf8") or base64.`,
  options: {
    offset: { type: 'size', value: 'SIZE', describe: 'start there' },
    length: { type: 'size', value: 'SIZE', describe: 'print at most so many bytes' },
    range: {
      type: 'string',
      value: 'FIRST-LAST',
      describe: "these bytes, counted from 0; '500-' to the end",
    },
  },
  operands: { min: 1, max: 1, complete: 'revision' },
  examples: [
    { command: 'dv cat v1:labels.csv > old-labels.csv', what: 'a file as it was at v1' },
    { command: 'dv cat main:big.bin --offset 1GiB --length 4KiB | xxd', what: 'a piece of a huge file' },
    { command: 'dv cat s3://lab/scans@v1:a.tif --range 0-65535', what: 'the first 64 KiB, of a bucket' },
  ],
  async run({ options, operands }, { reader, work }) {
    const { offset, length } = rangeOf(options)
    return await (await reader()).cat({ ...work, address: operands[0] ?? '', ...given({ offset, length }) })
  },
  json: asDocument,
  async render({ content }, screen) {
    for await (const bytes of content) await screen.bytes(bytes)
  },
})

interface Range {
  offset?: number | undefined
  length?: number | undefined
}

/** As HTTP and curl write it: both ends belong to it. */
function rangeOf({ offset, length, range }: Range & { range?: string | undefined }): Range {
  if (range === undefined) return { offset, length }
  const [, first, last] = /^(\d{1,15})-(\d{1,15})?$/.exec(range) ?? []
  const isSound = first !== undefined && (last === undefined || Number(last) >= Number(first))
  if (!isSound) throw usageError(cat, `'${range}' is no range of bytes: FIRST-LAST, or FIRST- to the end`)
  if (offset !== undefined || length !== undefined)
    throw usageError(cat, 'Either --range, or --offset and --length')
  return { offset: Number(first), length: last === undefined ? undefined : Number(last) - Number(first) + 1 }
}

async function asDocument({ path, bytes, content }: CatResult): Promise<object> {
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  const whole = Buffer.concat(parts)
  const text = whole.toString('utf8')
  const isText = Buffer.from(text, 'utf8').equals(whole)
  return {
    path,
    bytes,
    encoding: isText ? 'utf8' : 'base64',
    content: isText ? text : whole.toString('base64'),
  }
}
