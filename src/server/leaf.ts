// A file as an answer: whole, in part, or in several parts.
import type { PublishedLeaf } from '../api/index.js'
import { type Exchange, isUnchanged, sendParts } from './answer.js'
import { contentTypeOf } from './content-types.js'
import { formatRange, type Range, readRanges } from './ranges.js'

export async function sendLeaf(exchange: Exchange, leaf: PublishedLeaf): Promise<void> {
  const { request, response, signal } = exchange
  const etag = `"${leaf.tag}"`
  const headers = { ...exchange.headers, etag, 'accept-ranges': 'bytes' }
  if (isUnchanged(request, { etag, time: leaf.time })) return void response.writeHead(304, headers).end()
  const isStale = request.headers['if-range'] !== undefined && request.headers['if-range'] !== etag
  const ranges = readRanges(isStale ? undefined : request.headers.range, leaf.bytes)
  if (ranges === 'none')
    return void response.writeHead(416, { ...headers, 'content-range': `bytes */${leaf.bytes}` }).end()
  const type = leaf.kind === 'file' ? contentTypeOf(leaf.path) : 'text/plain; charset=utf-8'
  if (ranges !== 'all' && ranges.length > 1)
    return sendSeveral({ ...exchange, headers }, leaf, { ranges, type })
  const [range = { offset: 0, length: leaf.bytes }] = ranges === 'all' ? [] : ranges
  response.writeHead(ranges === 'all' ? 200 : 206, {
    ...headers,
    'content-type': type,
    'content-length': range.length,
    ...(ranges !== 'all' && { 'content-range': formatRange(range, leaf.bytes) }),
  })
  await sendParts(exchange, leaf.read({ ...range, signal }))
}

/** RFC 9110, section 14.6. The boundary is the content's own id: no file has it in itself but by a marvel. */
async function sendSeveral(
  exchange: Exchange,
  leaf: PublishedLeaf,
  { ranges, type }: { ranges: readonly Range[]; type: string },
): Promise<void> {
  const { headers, response, signal } = exchange
  const boundary = `dv-${leaf.tag.slice(0, 60)}`
  const heads = ranges.map(
    (range) =>
      `\r\n--${boundary}\r\ncontent-type: ${type}\r\ncontent-range: ${formatRange(range, leaf.bytes)}\r\n\r\n`,
  )
  const end = `\r\n--${boundary}--\r\n`
  const length = ranges.reduce((sum, range, i) => sum + range.length + heads[i]!.length, end.length)
  response.writeHead(206, {
    ...headers,
    'content-type': `multipart/byteranges; boundary=${boundary}`,
    'content-length': length,
  })
  async function* parts() {
    for (const [i, range] of ranges.entries()) {
      yield heads[i]!
      yield* leaf.read({ ...range, signal })
    }
    yield end
  }
  await sendParts(exchange, parts())
}
