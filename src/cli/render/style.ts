const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const

export type Style = Record<keyof typeof CODES, (text: string) => string>

/** Functions that colour text, or leave it alone. */
export function createStyle(color: boolean): Style {
  const entries = Object.entries(CODES).map(([name, code]) => [
    name,
    (text: string) => (color && text !== '' ? `\x1b[${code}m${text}\x1b[0m` : text),
  ])
  return Object.fromEntries(entries) as Style
}
