// repo: what makes a storage a repository: its format record, configuration and operation log. Knows nothing of
// files in a working directory. Format: spec/08-refs.md, spec/09-layout.md
export {
  checkFeatures,
  createStoreFormat,
  decodeStoreFormat,
  encodeStoreFormat,
  PURPOSES,
  readStoreFormat,
  STORE_FORMAT,
  STORE_FORMAT_NAME,
  type Purpose,
  type StoreFormat,
} from './store-format.js'
export { parseRemoteUrl, redactArguments, type RemoteUrl, STRIPPED_NOTE } from './remote-url.js'
export {
  EMPTY_CONFIG,
  getConfigValue,
  listConfig,
  mergeConfigs,
  setConfigValue,
  unsetConfigValue,
  type BranchConfig,
  type Config,
  type RemoteConfig,
  type ConfigChange,
} from './config.js'
export { readGlobalConfig, readStoreConfig, updateGlobalConfig, updateStoreConfig } from './config-files.js'
export {
  encodeOperation,
  parseOperationId,
  type HeadState,
  type NewOperation,
  type Operation,
  type RefChange,
  type RefState,
} from './operation.js'
export {
  appendOperation,
  findOperation,
  forgetOperations,
  iterOperations,
  listOperationWorkdirs,
  newWorkdirId,
  nextNumber,
  type OldOperations,
  operationsBefore,
  readOperation,
} from './operation-log.js'
export {
  isEffective,
  iterHeadHistory,
  iterOperationsWithEffect,
  iterRefHistory,
  type JudgedOperation,
  type RefMoment,
} from './operation-effect.js'
