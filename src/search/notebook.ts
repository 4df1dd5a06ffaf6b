// The text of a Jupyter notebook: what its cells say and what they printed, without pictures and other data.

/** Undefined for what is no notebook. */
export function notebookText(bytes: Uint8Array): string | undefined {
  let notebook: unknown
  try {
    notebook = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch {
    return undefined
  }
  const { cells, nbformat } = (notebook ?? {}) as { cells?: unknown; nbformat?: unknown }
  if (!Array.isArray(cells) || nbformat === undefined) return undefined
  return cells.flatMap((cell) => cellTexts(cell)).join('\n')
}

function cellTexts(cell: unknown): string[] {
  const { source, outputs } = (cell ?? {}) as { source?: unknown; outputs?: unknown }
  return [textIn(source), ...(Array.isArray(outputs) ? outputs.flatMap(outputTexts) : [])]
}

function outputTexts(output: unknown): string[] {
  const { text, data } = (output ?? {}) as { text?: unknown; data?: Record<string, unknown> }
  return [textIn(text), textIn(data?.['text/plain'])]
}

/** Lines, or one text. */
function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.filter((line) => typeof line === 'string').join('') : ''
}
