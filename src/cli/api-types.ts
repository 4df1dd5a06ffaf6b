// The contract with the api room, under the name the commands know it by.
export type * from '../api/index.js'
