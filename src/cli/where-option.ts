// --where, which every command that takes it takes alike.
export const whereOption = {
  where: {
    type: 'string',
    value: 'EXPR',
    describe: 'only what this means: "line = \'AICS-23\' AND size > 1000"',
  },
} as const

/** What comes, and a word on it when an expression meant nothing: an empty list looks like a mistake of dv's. */
export async function* orNothing<T>(
  items: AsyncIterable<T>,
  where: string | undefined,
  say: (text: string) => void,
): AsyncGenerator<T> {
  let isAny = false
  for await (const item of items) {
    isAny = true
    yield item
  }
  if (!isAny && where !== undefined) say('Nothing is what the expression means')
}
