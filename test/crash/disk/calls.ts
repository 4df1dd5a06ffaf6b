// Which calls of node:fs change a disk, and which of them recorder.ts knows how to record.

/** In any of their three forms. */
export const CHANGES =
  /^(appendFile|l?chmod|[lf]?chown|fchmod|copyFile|cp|createWriteStream|WriteStream|f(data)?sync|f?truncate|[lf]?utimes|link|mkdir|mkdtemp|rename|rm|rmdir|symlink|unlink|write|writev|writeFile)(Sync)?$/

export const RECORDED: readonly string[] = [
  ...['openSync', 'closeSync', 'writeSync', 'writevSync', 'fsyncSync', 'fdatasyncSync', 'ftruncateSync'],
  ...['writeFileSync', 'appendFileSync', 'copyFileSync', 'mkdirSync', 'mkdtempSync', 'rmSync', 'unlinkSync'],
  ...['rmdirSync', 'renameSync', 'linkSync', 'symlinkSync', 'chmodSync', 'fchmodSync', 'utimesSync'],
  ...['futimesSync', 'lutimesSync', 'fsync', 'writev'],
]
