/** The -m of what makes a commit; each time it is given is a paragraph. */
export const messageOption = {
  type: 'string',
  short: 'm',
  multiple: true,
  value: 'MSG',
  describe: 'what changed; each -m is a paragraph',
} as const
