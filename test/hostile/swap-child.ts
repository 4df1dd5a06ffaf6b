// Swaps a folder for a link to another one and back, as fast as it can: node swap-child.js FOLDER TARGET
import fs from 'node:fs'

const [folder, target] = process.argv.slice(2) as [string, string]
const aside = `${folder}.aside`
process.send?.('ready')
for (;;) {
  quietly(() => fs.renameSync(folder, aside))
  quietly(() => fs.symlinkSync(target, folder))
  quietly(() => fs.unlinkSync(folder))
  quietly(() => fs.renameSync(aside, folder))
}

/** Whoever checks out makes and removes the folder too. */
function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // The next round.
  }
}
