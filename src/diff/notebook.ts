// Jupyter notebooks as cells: what people wrote and what came of it, without how often it ran. nbformat 4
/** One cell, with what is compared of it. */
export interface NotebookCell {
  /** Of its own, in notebooks since nbformat 4.5. */
  id?: string
  kind: string
  source: string
  outputs: CellOutput[]
}

/** What a cell showed, as the most telling of its forms. */
export interface CellOutput {
  /** A media type, 'stdout', 'stderr', 'error'. */
  kind: string
  /** Of text. */
  lines?: number
  /** Of pictures and other data, when decoded. */
  bytes?: number
  /** Of an error, its name. */
  name?: string
  /** All of it, for telling whether it is the same. */
  content: string
}

export interface Notebook {
  cells: NotebookCell[]
  /** 'Python 3 (ipykernel), python 3.11.7'. */
  kernel?: string
}

/** Undefined: the text is no notebook of nbformat 4. */
export function parseNotebook(text: string): Notebook | undefined {
  const notebook = parseJson(text)
  if (!isRecord(notebook) || notebook.nbformat !== 4 || !Array.isArray(notebook.cells)) return undefined
  if (!notebook.cells.every(isRecord)) return undefined
  const kernel = kernelOf(notebook.metadata)
  return { cells: notebook.cells.map(cellOf), ...(kernel !== undefined && { kernel }) }
}

type Json = Record<string, unknown>

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kernelOf(metadata: unknown): string | undefined {
  if (!isRecord(metadata)) return undefined
  const { kernelspec: spec, language_info: language } = metadata
  const parts = [
    ...(isRecord(spec) ? [textOf(spec.display_name) || textOf(spec.name)] : []),
    ...(isRecord(language) ? [`${textOf(language.name)} ${textOf(language.version)}`.trim()] : []),
  ].filter((part) => part !== '')
  return parts.length > 0 ? parts.join(', ') : undefined
}

function cellOf(cell: Json): NotebookCell {
  const outputs = Array.isArray(cell.outputs) ? cell.outputs.filter(isRecord) : []
  return {
    ...(typeof cell.id === 'string' && { id: cell.id }),
    kind: typeof cell.cell_type === 'string' ? cell.cell_type : 'cell',
    source: asLines(textOf(cell.source)),
    outputs: outputs.map(outputOf),
  }
}

/** Sources have no line end behind their last line. */
function asLines(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

/** A text, which notebooks mostly keep line by line. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('') : ''
}

function outputOf(output: Json): CellOutput {
  if (output.output_type === 'stream') {
    const text = textOf(output.text)
    return { kind: textOf(output.name) || 'stream', lines: linesIn(text), content: text }
  }
  if (output.output_type === 'error') {
    const traceback = Array.isArray(output.traceback) ? output.traceback.join('\n') : ''
    const name = textOf(output.ename)
    return {
      kind: 'error',
      ...(name && { name }),
      content: `${name}\n${textOf(output.evalue)}\n${traceback}`,
    }
  }
  return dataOf(isRecord(output.data) ? output.data : {})
}

/** By what tells most to the eye; of others the first. */
const ORDER = [
  /^image\//,
  /^application\/(?!json)/,
  /^text\/html/,
  /^text\/latex/,
  /^text\/markdown/,
  /^text\/plain/,
]

function dataOf(data: Json): CellOutput {
  const kinds = Object.keys(data)
  const best = ORDER.map((pattern) => kinds.find((kind) => pattern.test(kind))).find(
    (kind) => kind !== undefined,
  )
  const kind = best ?? kinds[0] ?? 'nothing'
  const content = JSON.stringify(data)
  const text = textOf(data[kind])
  if (/^text\//.test(kind)) return { kind, lines: linesIn(text), content }
  const isBase64 = /^(image|audio|video)\//.test(kind) && kind !== 'image/svg+xml'
  const bytes = isBase64
    ? Buffer.from(text, 'base64').length
    : Buffer.byteLength(text || JSON.stringify(data[kind] ?? ''))
  return { kind, bytes, content }
}

function linesIn(text: string): number {
  if (text === '') return 0
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}
