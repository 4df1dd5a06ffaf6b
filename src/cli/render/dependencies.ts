import type { VerifyRecord } from '../api-types.js'
import { count, sum } from './amounts.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'

/** One line of what `dv verify` found. */
export function renderVerified(record: VerifyRecord, screen: Screen): void {
  const { bold, red } = screen.style
  if (record.type === 'difference') {
    const { name, path, difference, wanted, found } = record
    const ids = difference === 'changed' ? ` (${brief(found)}, pinned is ${brief(wanted)})` : ''
    screen.line(`${red(difference)}  ${safe(name)}: ${safe(path)}${ids}`)
  } else if (record.differences === 0) {
    screen.note(`'${bold(safe(record.name))}' is what was pinned: ${sum(record.sound)}`)
  } else {
    const differ = count(record.differences, 'path differs', 'paths differ')
    screen.note(`'${bold(safe(record.name))}' is not what was pinned: ${differ}`)
    screen.hint(
      `'dv install --force ${safe(record.name)}' puts back what is pinned; files that are not of it stay`,
    )
  }
}

function brief(identity = ''): string {
  return safe(/^[0-9a-f]{64}$/.test(identity) ? identity.slice(0, 10) : identity)
}
