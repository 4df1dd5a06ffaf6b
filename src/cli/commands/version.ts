import { defineCommand } from '../command.js'
import { programVersion, runtime } from '../version.js'

export const version = defineCommand({
  name: 'version',
  summary: 'Print the version',
  usage: [''],
  options: {},
  examples: [{ command: 'dv version --json', what: 'also of Node and the platform' }],
  run: () => ({ version: programVersion(), ...runtime() }),
  render: (result, screen) => screen.line(`dv ${result.version}`),
})
