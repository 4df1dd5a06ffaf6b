// What differs in pictures and notebooks, for people.
import type {
  DetailRecord,
  DiffRecord,
  ImageRecord,
  PixelsRecord,
  PixelSums,
  PlaneRecord,
} from '../api-types.js'
import { count, number } from './amounts.js'
import { safe } from './escape.js'
import { renderCell, renderCells, renderNotebook } from './notebook.js'
import type { Screen } from './screen.js'

type Shape = ImageRecord['before']

type Renderers = {
  [T in DetailRecord['type']]: (record: Extract<DetailRecord, { type: T }>, screen: Screen) => void
}

const RENDERERS: Renderers = {
  image: renderImage,
  plane: renderPlane,
  pixels: renderPixels,
  notebook: renderNotebook,
  cell: renderCell,
  cells: renderCells,
  unread: ({ message }, screen) =>
    screen.line(screen.style.red(`  not compared to the end: ${safe(message)}`)),
}

/** False: the record is none of a picture or notebook. */
export function renderDetail(record: DiffRecord, screen: Screen): boolean {
  const render = RENDERERS[record.type as DetailRecord['type']] as
    ((record: DiffRecord, screen: Screen) => void) | undefined
  render?.(record, screen)
  return render !== undefined
}

function renderPlane({ plane, ...sums }: PlaneRecord, screen: Screen): void {
  if (plane === '') return
  const what = sums.changed === undefined ? 'another shape or type' : pixels(sums as PixelSums)
  screen.line(`${screen.style.yellow('~')} ${safe(plane)}  ${what}`)
}

function renderImage({ before, after, compared }: ImageRecord, screen: Screen): void {
  const { dim, red, green } = screen.style
  const [was, is] = [shapeText(before), shapeText(after)]
  if (was === is) screen.line(dim(`  ${is}`))
  else screen.line(`  ${red(was)} -> ${green(is)}`)
  if (!compared) screen.line('  pixels are not compared: shape or type differ')
}

/** '5 × 3 × 512 × 512 (TCYX) uint16, OME-TIFF'. */
function shapeText({ format, shape, axes, type }: Shape): string {
  const extents = shape.length === 0 ? 'one value' : shape.map(number).join(' × ')
  return `${extents}${axes ? ` (${axes})` : ''} ${safe(type)}, ${format.toUpperCase()}`
}

function renderPixels({ planes, ...sums }: PixelsRecord, screen: Screen): void {
  const { bold, dim } = screen.style
  const { compared, changed, added, removed } = planes
  const others = [
    ...(added > 0 ? [`${count(added, 'plane')} added`] : []),
    ...(removed > 0 ? [`${count(removed, 'plane')} removed`] : []),
  ]
  const isSame = changed === 0 && others.length === 0
  const within = compared > 1 ? `, in ${number(changed)} of ${count(compared, 'plane')}` : ''
  const what = isSame
    ? 'same pixels, other encoding'
    : changed === 0
      ? 'same pixels'
      : `${pixels(sums)}${within}`
  screen.line(bold(`  ${[what, ...others].join('; ')}`))
  const byChannel = sums.channels?.map(
    (one, i) => `${i + 1}: ${number(one.changed)} (up to ${amount(one.largest)})`,
  )
  if (changed > 0 && byChannel) screen.line(dim(`  changed values by channel: ${byChannel.join(', ')}`))
}

/** '1,204 of 262,144 pixels (0.46 %), by up to 37'. */
function pixels({ pixels: all, unit, changed, largest }: PixelSums): string {
  const share = all === 0 ? 0 : (100 * changed) / all
  const percent = share >= 10 || share === 0 ? share.toFixed(0) : Number(share.toPrecision(2))
  return `${number(changed)} of ${count(all, unit)} (${percent} %), by up to ${amount(largest)}`
}

function amount(value: number | string): string {
  if (typeof value === 'string') return safe(value)
  return Number.isInteger(value) ? number(value) : String(Number(value.toPrecision(6)))
}
