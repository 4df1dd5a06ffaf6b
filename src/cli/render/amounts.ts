// Numbers for people. Decimal units, as disks and clouds count them.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

/** '0 B', '1.2 MB', '640 kB'. */
export function size(bytes: number): string {
  let value = Math.abs(bytes)
  let unit = 0
  // 999.5 and more would be shown as 1000.
  while (value >= (unit === 0 ? 1000 : 999.5) && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1
  return `${bytes < 0 ? '-' : ''}${value.toFixed(digits)} ${UNITS[unit]}`
}

/** '+1.2 MB', '-300 B'. */
export function signedSize(bytes: number): string {
  return bytes < 0 ? size(bytes) : `+${size(bytes)}`
}

/** 1234567 as '1,234,567'. */
export function number(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** '1 file', '1,204 files'. */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`
}

/** '1,204 files, 3.4 MB'. */
export function sum(total: { files: number; bytes: number }): string {
  return `${count(total.files, 'file')}, ${size(total.bytes)}`
}
