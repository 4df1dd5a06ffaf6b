// How much room new objects of this process get, which is the program's to say, not the library's.
import { load } from '../base/index.js'

/** Keeps the room of new objects (V8's young generation) as it is at the start. Left alone it grows to 32 MB as soon as
 * many of them live on for a while, and never shrinks: too much for a verb that promises how little it needs. */
export function keepYoungMemorySmall(): void {
  load<typeof import('node:v8')>('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
}
