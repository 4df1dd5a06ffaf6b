// A directory as an answer: JSON, or a page for whom that is rather wanted. Made while it is sent, for it may have a
// million entries.
import type { Published, PublishedDirectory, TreeEntry } from '../api/index.js'
import { type Exchange, isUnchanged, sendJson, sendParts } from './answer.js'
import { formatTarget } from './target.js'

export async function sendDirectory(
  exchange: Exchange,
  directory: PublishedDirectory,
  segments: readonly string[],
): Promise<void> {
  const { request, response } = exchange
  const isPage = wantsPage(exchange)
  const etag = `"${directory.commit}-${isPage ? 'page' : 'json'}"`
  const headers = { ...exchange.headers, etag, ...varying(exchange) }
  if (isUnchanged(request, { etag, time: directory.time })) return void response.writeHead(304, headers).end()
  response.writeHead(200, { ...headers, 'content-type': isPage ? PAGE : 'application/json' })
  await sendParts(exchange, isPage ? pageOf(directory, segments) : jsonOf(directory))
}

/** The refs of the store. */
export async function sendRefs(exchange: Exchange, store: Published): Promise<void> {
  const refs = await store.refs()
  const headers = { ...exchange.headers, ...varying(exchange) }
  if (!wantsPage(exchange)) return sendJson({ ...exchange, headers }, 200, refs)
  exchange.response.writeHead(200, { ...headers, 'content-type': PAGE })
  const rows = [...refs.branches, ...refs.tags].map(({ name }) => row(formatTarget([name]), `${name}/`, ''))
  await sendParts(exchange, inParts([head('branches and tags'), ...rows, END]))
}

function varying({ headers }: Exchange) {
  return { vary: [headers['vary'], 'accept'].filter(Boolean).join(', ') }
}

const PAGE = 'text/html; charset=utf-8'
const END = '</table>\n'

function wantsPage({ request: { headers } }: Exchange): boolean {
  const [html, json] = ['text/html', 'application/json'].map((type) => headers.accept?.indexOf(type) ?? -1)
  return html! >= 0 && (json! < 0 || html! < json!)
}

async function* jsonOf({ commit, path, entries }: PublishedDirectory): AsyncGenerator<string> {
  yield `{"commit":"${commit}","path":${JSON.stringify(path)},"entries":[`
  let isFirst = true
  for await (const batch of entries()) {
    const text = batch
      .map((entry) => JSON.stringify({ name: nameOf(entry), ...entry, path: undefined }))
      .join(',\n')
    if (text !== '') yield (isFirst ? '\n' : ',\n') + text
    isFirst &&= text === ''
  }
  yield ']}\n'
}

async function* pageOf({ entries }: PublishedDirectory, segments: readonly string[]): AsyncGenerator<string> {
  yield head(segments.join('/'))
  yield row(formatTarget(segments.slice(0, -1)), '..', '')
  const prefix = formatTarget(segments)
  for await (const batch of entries()) {
    const rows = batch.map((entry) => {
      const isFolder = entry.kind === 'directory'
      const name = nameOf(entry)
      return row(`${prefix}/${encodeURIComponent(name)}`, isFolder ? `${name}/` : name, `${entry.bytes}`)
    })
    yield rows.join('')
  }
  yield END
}

async function* inParts(parts: readonly string[]): AsyncGenerator<string> {
  yield* parts
}

function nameOf({ path }: TreeEntry): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function head(title: string): string {
  const style = 'body{font-family:monospace}td{padding-right:2em}td+td{text-align:right}'
  return `<!doctype html><meta charset="utf-8"><title>${escape(title)}</title><style>${style}</style><table>\n`
}

function row(href: string, name: string, bytes: string): string {
  return `<tr><td><a href="${escape(href)}">${escape(name)}</a><td>${bytes}\n`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
