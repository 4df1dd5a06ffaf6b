// Tests run compiled (spec/decisions): DV_BUILD names another output folder than build/.
const build = process.env.DV_BUILD ?? 'build'

export default {
  files: [`${build}/test/**/*.test.js`],
  workerThreads: false,
  timeout: '5m',
}
