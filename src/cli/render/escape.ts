// Names and messages come from anyone's data. Whatever of it is printed goes through here, so that it can neither move
// the cursor, nor colour or hide text, nor pass for several lines.

/** C0 and C1 controls, DEL, line and paragraph separators, marks that reorder or hide text, lone surrogates. */

const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Cs}/gu

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** One line of printable text: what is not printable stands escaped. */
export function safe(text: string): string {
  return text.replace(UNSAFE, escapeOne)
}

/** As `safe`, for text of several lines with tabs. */
export function safeLines(text: string): string[] {
  return text.split(/\r?\n/).map(safeTabs)
}

/** As `safe`, but tabs stay. */
export function safeTabs(text: string): string {
  return text.replace(UNSAFE, (char) => (char === '\t' ? char : escapeOne(char)))
}

function escapeOne(char: string): string {
  const code = char.codePointAt(0)!
  return NAMED[char] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`)
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
