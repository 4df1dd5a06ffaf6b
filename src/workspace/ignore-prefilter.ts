// Most names match no ignore pattern, and a full answer costs more than the lstat of the file. The first or last
// character of a pattern's last component rules most names out. It may only ever say "perhaps" too often.

/** A test that is false only for names (last components) that no pattern in `text` can match. */
export function createPrefilter(text: string): (name: string) => boolean {
  const firsts = new Set<string>()
  const lasts = new Set<string>()
  for (const line of text.split('\n')) {
    if (line.replace(/^\ufeff/, '').startsWith('#')) continue
    const pattern = patternOf(line)
    if (pattern === '') continue
    const component = pattern.slice(pattern.lastIndexOf('/') + 1)
    const first = component[0]
    const last = component.at(-1)
    if (first === undefined || last === undefined || component.includes('\\')) return () => true
    if (!'*?['.includes(first)) firsts.add(first)
    else if (!'*?]'.includes(last)) lasts.add(last)
    else return () => true
  }
  return (name) => firsts.has(name[0]!) || lasts.has(name[name.length - 1]!)
}

/** Drops what git drops, spaces at the end and not at the start, then the marks of negation and of a directory. */
function patternOf(line: string): string {
  const text = line
    .replace(/^\ufeff/, '')
    .replace(/\r?$/, '')
    .replace(/ +$/, '')
  return text.replace(/^!/, '').replace(/\/$/, '')
}
