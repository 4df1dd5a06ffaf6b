// --where, which every command that takes it takes alike.
export const whereOption = {
  where: {
    type: 'string',
    value: 'EXPR',
    describe: 'only what this means: "line = \'AICS-23\' AND size > 1000"',
  },
} as const
