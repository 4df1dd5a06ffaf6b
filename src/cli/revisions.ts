// How operands are told apart: what names a revision comes first, what does not is a path, as with git.
import type { Reader } from './api-types.js'

/** Splits operands of `dv diff` and `dv log`: all behind `--` are paths; without it, from the first that is none. */
export async function splitOperands(
  operands: readonly string[],
  paths: readonly string[] | undefined,
  repository: Pick<Reader, 'isRevision'>,
): Promise<{ revisions: string[]; paths: string[] }> {
  if (paths !== undefined) return { revisions: [...operands], paths: [...paths] }
  let at = 0
  while (at < operands.length && (await repository.isRevision(operands[at]!))) at++
  // A first word that is neither is more likely a mistyped revision: let the engine say so, with the nearest.
  if (at === 0 && operands.length === 1 && !looksLikePath(operands[0]!)) at = 1
  return { revisions: operands.slice(0, at), paths: operands.slice(at) }
}

function looksLikePath(text: string): boolean {
  return /[./\\*?[]/.test(text)
}
