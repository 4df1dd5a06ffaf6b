// What the OME-XML in the first page of a TIFF says of the pages. https://docs.openmicroscopy.org/ome-model/ (6.x)
/** One image of the file: pages that are the planes of one array. */
export interface OmeImage {
  /** Of the array: 'TCZ' and the like, the slowest first, without Y and X. */
  axes: string
  /** Extents by axis. */
  sizes: Record<'X' | 'Y' | 'Z' | 'C' | 'T', number>
  /** Which pages of this file are which planes. */
  runs: PlaneRun[]
}

/** Planes in the order of the axes, from `first` on, in pages from `page` on. */
export interface PlaneRun {
  page: number
  first: Record<'Z' | 'C' | 'T', number>
  /** Absent: one, or, where no page is named either, all. */
  count?: number
}

/** Undefined when the text is no OME-XML with images. */
export function parseOme(xml: string): OmeImage[] | undefined {
  if (!/^\ufeff?\s*(<\?xml|<!--|<(\w+:)?OME\b)/.test(xml)) return undefined
  const images: OmeImage[] = []
  let file: string | undefined
  for (const { name, attributes, text } of tags(xml)) {
    const image = images.at(-1)
    if (name === 'OME') file = attributes.get('UUID')
    else if (name === 'Pixels') images.push(imageOf(attributes))
    else if (name === 'TiffData' && image) image.runs.push(runOf(attributes))
    // Planes of another file of the same data set.
    else if (name === 'UUID' && image && file !== undefined && text.trim() !== file) image.runs.pop()
  }
  return images.length > 0 && images.every(isSound) ? images : undefined
}

interface XmlTag {
  name: string
  attributes: Map<string, string>
  /** Up to the next tag. */
  text: string
}

/** The tags that begin an element, in order, in one pass over the text. */
function* tags(xml: string): Generator<XmlTag> {
  for (let start = xml.indexOf('<'); start >= 0;) {
    const end = xml.indexOf('>', start)
    if (end < 0) return
    const next = xml.indexOf('<', end)
    const [, name] = /^<(?:\w{1,32}:)?([A-Za-z]{1,32})[\s/>]/.exec(xml.slice(start, start + 80)) ?? []
    if (name !== undefined && WANTED.has(name)) {
      const attributes = attributesOf(xml.slice(start, end))
      yield { name, attributes, text: xml.slice(end + 1, next < 0 ? undefined : next) }
    }
    start = next
  }
}

const WANTED = new Set(['OME', 'Pixels', 'TiffData', 'UUID'])

function attributesOf(tag: string): Map<string, string> {
  const pairs = tag.matchAll(/\s([A-Za-z]{1,32})\s?=\s?(?:"([^"]*)"|'([^']*)')/g)
  return new Map([...pairs].map(([, name, double, single]) => [name!, double ?? single ?? '']))
}

function imageOf(attributes: ReadonlyMap<string, string>): OmeImage {
  const size = (axis: string) => Number(attributes.get(`Size${axis}`) ?? 1)
  const order = attributes.get('DimensionOrder') ?? ''
  return {
    axes: [...order.slice(2)].reverse().join(''),
    sizes: { X: size('X'), Y: size('Y'), Z: size('Z'), C: size('C'), T: size('T') },
    runs: [],
  }
}

function runOf(attributes: ReadonlyMap<string, string>): PlaneRun {
  const value = (name: string) => Number(attributes.get(name) ?? 0)
  const count = attributes.get('PlaneCount') ?? (attributes.has('IFD') ? '1' : undefined)
  return {
    page: value('IFD'),
    first: { Z: value('FirstZ'), C: value('FirstC'), T: value('FirstT') },
    ...(count !== undefined && { count: Number(count) }),
  }
}

function isSound({ axes, sizes, runs }: OmeImage): boolean {
  const numbers = runs.flatMap(({ page, first, count = 0 }) => [page, count, ...Object.values(first)])
  return (
    [...axes].sort().join('') === 'CTZ' &&
    Object.values(sizes).every((size) => Number.isSafeInteger(size) && size > 0) &&
    numbers.every((number) => Number.isSafeInteger(number) && number >= 0)
  )
}
