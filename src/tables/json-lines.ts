// JSON Lines: an object a line; empty lines are none.
import { badTable } from './errors.js'
import { readLines, type TableBytes } from './text.js'

/** The object of a line. Throws DV_BAD_TABLE. */
export function parseJsonLine(
  text: string,
  { path, line }: { path: string; line: number },
): Record<string, unknown> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw badTable(path, 'it is not JSON', { line })
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>
  throw badTable(path, 'it is no JSON object', { line })
}

/** Reads all of it, and throws the first thing that is wrong with it. */
export async function checkJsonLines(source: TableBytes): Promise<void> {
  let line = 0
  for await (const lines of readLines(source))
    for (const text of lines) {
      line++
      if (text.trim() !== '') parseJsonLine(text, { path: source.path, line })
    }
}
