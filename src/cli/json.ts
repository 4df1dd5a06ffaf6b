/** JSON in one line, free of characters that a terminal may act on. */
export function toJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value ?? {}, undefined, indent) ?? '{}'
  // JSON itself only escapes below U+0020.
  return text.replace(
    /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
