// AWS Signature Version 4 for a request that was changed on its way, by one who has the keys.
import { createHash, createHmac } from 'node:crypto'

export interface SignedMessage {
  method: string
  /** Path and query as sent. */
  path: string
  /** Names and values in turn. */
  headers: readonly string[]
}

const CONDITIONS = ['if-match', 'if-none-match']

/** The request without its conditions, signed as if it never had any. */
export function withoutConditions(
  message: SignedMessage,
  { secretAccessKey }: { secretAccessKey: string },
): SignedMessage {
  const headers = pairs(message.headers)
  if (!headers.some(([name]) => CONDITIONS.includes(name.toLowerCase()))) return message
  const kept = headers.filter(([name]) => !CONDITIONS.includes(name.toLowerCase()))
  const known = new Map(kept.map(([name, value]) => [name.toLowerCase(), value.trim()]))
  const [, scope = '', names = ''] =
    /Credential=[^/]+\/([^,]+),\s*SignedHeaders=([^,]+)/.exec(known.get('authorization') ?? '') ?? []
  const signed = names.split(';').filter((name) => !CONDITIONS.includes(name))
  const request = canonical(message, known, signed)
  const text = ['AWS4-HMAC-SHA256', known.get('x-amz-date'), scope, sha256(request)].join('\n')
  const key = scope.split('/').reduce<string | Buffer>((by, part) => hmac(by, part), `AWS4${secretAccessKey}`)
  const authorization = known
    .get('authorization')!
    .replace(/SignedHeaders=[^,]+/, `SignedHeaders=${signed.join(';')}`)
    .replace(/Signature=.*/, `Signature=${hmac(key, text).toString('hex')}`)
  const replaced = kept.map(([name, value]) => [
    name,
    name.toLowerCase() === 'authorization' ? authorization : value,
  ])
  return { ...message, headers: replaced.flat() }
}

function canonical({ method, path }: SignedMessage, known: Map<string, string>, signed: string[]): string {
  const [place, query = ''] = path.split('?')
  const parts = query.split('&').filter((part) => part !== '')
  const values = signed.map((name) => `${name}:${known.get(name) ?? ''}\n`).join('')
  const sorted = parts.map((part) => (part.includes('=') ? part : `${part}=`)).sort()
  return [method, place, sorted.join('&'), values, signed.join(';'), known.get('x-amz-content-sha256')].join(
    '\n',
  )
}

function pairs(headers: readonly string[]): [string, string][] {
  return headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]!] as [string, string]] : []))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
