// A table of cells as CSV, about 46 bytes a row: 220 million rows are 10 GB. What it holds comes from the version, which no rule of
// drift minds.
import fs from 'node:fs'
import { randomNumbers } from './files.js'

const ROWS_AT_ONCE = 10_000

export function writeCells(file: string, { rows, version }: { rows: number; version: number }): void {
  const random = randomNumbers(version)
  const descriptor = fs.openSync(file, 'w')
  fs.writeSync(descriptor, 'id,well,line,area,score,day\n')
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    let text = ''
    for (let id = from; id < Math.min(rows, from + ROWS_AT_ONCE); id++) {
      const n = random()
      const score = n % 50 === 0 ? '' : ((n % 20_011) / 2000 - 5).toFixed(4)
      const day = new Date((19_000 + (n % 700)) * 86_400_000).toISOString().slice(0, 10)
      text += `${id},${n % 384},AICS-${10 + (n % 14)},${(random() / 4_294_968).toFixed(3)},${score},${day}\n`
    }
    fs.writeSync(descriptor, text)
  }
  fs.closeSync(descriptor)
}
