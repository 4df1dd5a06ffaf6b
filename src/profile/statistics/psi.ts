/** Values of both samples that fall into one bin. */
export interface BinCounts {
  reference: number
  current: number
}

/** What the share of a bin counts as that one sample has no values in. */
export const EMPTY_SHARE = 0.0001

/** The population stability index; undefined when a sample has no values. */
export function psiOf(bins: readonly BinCounts[]): number | undefined {
  const total = (side: keyof BinCounts) => bins.reduce((sum, bin) => sum + bin[side], 0)
  const [references, currents] = [total('reference'), total('current')]
  if (references === 0 || currents === 0) return undefined
  return bins.reduce((sum, { reference, current }) => {
    const p = reference / references || EMPTY_SHARE
    const q = current / currents || EMPTY_SHARE
    return sum + (q - p) * Math.log(q / p)
  }, 0)
}

export type PsiLevel = 'stable' | 'moderate' | 'major'

export function psiLevel(psi: number): PsiLevel {
  if (psi < 0.1) return 'stable'
  return psi < 0.25 ? 'moderate' : 'major'
}
