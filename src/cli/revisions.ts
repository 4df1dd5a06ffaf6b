// How operands are told apart: what names a revision comes first, what does not is a path, as with git.
import type { Repository } from './api-types.js'

/** Splits operands of `dv diff` and `dv log`: all behind `--` are paths; without it, from the first that is none. */
export async function splitOperands(
  operands: readonly string[],
  paths: readonly string[] | undefined,
  repository: Repository,
): Promise<{ revisions: string[]; paths: string[] }> {
  if (paths !== undefined) return { revisions: [...operands], paths: [...paths] }
  let at = 0
  while (at < operands.length && (await namesRevisions(operands[at]!, repository))) at++
  // A first word that is neither is more likely a mistyped revision: let the engine say so, with the nearest.
  if (at === 0 && operands.length === 1 && !looksLikePath(operands[0]!)) at = 1
  return { revisions: operands.slice(0, at), paths: operands.slice(at) }
}

async function namesRevisions(text: string, repository: Repository): Promise<boolean> {
  const parts = text.replace(/^\^/, '').split(/\.{2,3}/)
  for (const part of parts) {
    if (part !== '' && !(await repository.isRevision(part))) return false
  }
  return true
}

function looksLikePath(text: string): boolean {
  return /[./\\*?[]/.test(text)
}

/** Both sides of 'a..b' and 'a...b'; undefined when it is no range. */
export function parseRange(text: string): { from: string; to: string; mergeBase: boolean } | undefined {
  const match = /^(.*?)(\.{2,3})(.*)$/.exec(text)
  if (!match) return undefined
  return { from: match[1] || 'HEAD', to: match[3] || 'HEAD', mergeBase: match[2] === '...' }
}
