import type { DiffRecord } from '../api-types.js'
import { size } from './amounts.js'
import { changeAmount, changePath, changeSummary, COLORS, nameStatusLine, renderChange } from './changes.js'
import { renderDetail } from './details.js'
import { renderRow, renderRowCounts, renderTableHead } from './table-rows.js'
import type { Screen } from './screen.js'

/** `names`: --name-status. `stat`: names and sizes. `full`: content too. */
export type DiffForm = 'names' | 'stat' | 'full'

export function renderDiffRecord(record: DiffRecord, form: DiffForm, screen: Screen): void {
  if (record.type === 'change') {
    if (form === 'names') screen.line(nameStatusLine(record, screen))
    else if (form === 'full') renderChange(record, screen)
    else {
      const paint = screen.style[COLORS[record.status]]
      screen.line(`${paint(record.status.padEnd(8))}  ${changePath(record, screen)}  ${changeAmount(record)}`)
    }
  } else if (record.type === 'table') renderTableHead(record, screen)
  else if (record.type === 'row') renderRow(record, screen)
  else if (record.type === 'rows') renderRowCounts(record, screen)
  else if (renderDetail(record, screen)) return
  else if (record.type === 'summary' && form !== 'names') {
    const none = record.added + record.modified + record.deleted + record.renamed === 0
    if (none) return
    const fresh = record.newBytes === undefined ? '' : `; ${size(record.newBytes)} really new in the store`
    screen.line(screen.style.bold(`${changeSummary(record)}${fresh}`))
  }
}
