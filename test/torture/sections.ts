// What `npm run test:torture` runs: the suites that prove by quantity, each in full.

export interface Section {
  /** One word, for --only. */
  name: string
  /** What the page says it is. */
  title: string
  /** Compiled test files below build/test. */
  files: readonly string[]
  /** A program to run beside them, with a page of figures of its own. */
  program?: readonly string[]
}

export const SECTIONS: readonly Section[] = [
  {
    name: 'crash',
    title: 'Crash at every step, killed or without power',
    files: ['crash/power.test.js'],
  },
  {
    name: 'kills',
    title: 'The program killed at random times',
    files: ['crash/random-kills.test.js'],
  },
  {
    name: 'disk',
    title: 'A disk that is full, fails or refuses',
    files: ['crash/small-disk.test.js', 'crash/refused.test.js'],
  },
  {
    name: 'simulation',
    title: 'The collector beside writers and readers, simulated',
    files: ['simulation/bucket.test.js', 'simulation/folder.test.js'],
  },
  {
    name: 'fuzz',
    title: 'Parsers of what comes from outside',
    files: ['fuzz/parsers.test.js'],
    program: ['fuzz/main.js', '--seconds', '30', '--findings', 'build/fuzz-findings'],
  },
  {
    name: 'two',
    title: 'Two processes in one working directory',
    files: ['crash/two-at-once.test.js'],
  },
  {
    name: 'concurrency',
    title: 'Twenty processes commit to one store that is collected all the while',
    files: ['api/gc-race.test.js'],
  },
  {
    name: 'rot',
    title: 'Bit rot, found and repaired from a remote',
    files: ['crash/bit-rot.test.js'],
  },
]
