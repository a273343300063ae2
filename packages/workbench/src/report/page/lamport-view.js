// Draws the messages between nodes over time. Dragging pans, the wheel zooms, boxes choose what is shown.
const data = JSON.parse(document.getElementById('lamport-data').textContent)
const svg = document.getElementById('lamport')
const SVG = 'http://www.w3.org/2000/svg'
const LEFT = 78
const ROW = data.rows.length > 12 ? 18 : 30
const WIDTH = 960
const HEIGHT = 34 + ROW * data.rows.length
const DRAWN_MAX = 2500
const colours = data.types.map((_, at) => `hsl(${(at * 137.5 + 210) % 360} 62% 52%)`)
const hidden = new Set()
let showsClients = true
let onlyRow

const times = data.messages.map(([sent]) => sent)
const firstMs = Math.min(...times, data.focusMs)
const lastMs = Math.max(...data.messages.map(([, ended]) => ended), firstMs + 10)
let spanMs = Math.min(lastMs - firstMs, Math.max(200, (lastMs - firstMs) / 12))
let fromMs = Math.max(firstMs, Math.min(data.focusMs - spanMs * 0.3, lastMs - spanMs))

svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`)
const x = (ms) => LEFT + ((ms - fromMs) / spanMs) * (WIDTH - LEFT)
const y = (row) => 22 + ROW * row

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  if (text !== undefined) made.textContent = text
  return made
}

function isShown(from, to) {
  if (!showsClients && (from === 0 || to === 0)) return false
  return onlyRow === undefined || from === onlyRow || to === onlyRow
}

function draw() {
  const parts = []
  for (const [name, start, end] of data.windows) {
    if (end < fromMs || start > fromMs + spanMs) continue
    const [left, right] = [Math.max(LEFT, x(start)), Math.min(WIDTH, x(end))]
    parts.push(
      element('rect', {
        class: `fault ${name}`,
        x: left,
        y: 10,
        width: Math.max(1, right - left),
        height: HEIGHT - 34,
      }),
    )
  }
  data.rows.forEach((row, at) => {
    parts.push(element('line', { class: 'row', x1: LEFT, x2: WIDTH, y1: y(at), y2: y(at) }))
  })
  if (data.focusMs >= fromMs && data.focusMs <= fromMs + spanMs) {
    parts.push(element('line', { class: 'focus', x1: x(data.focusMs), x2: x(data.focusMs), y1: 10, y2: HEIGHT - 24 }))
  }
  let drawn = 0
  for (const [sent, ended, from, to, type, body, loss] of data.messages) {
    if (ended < fromMs || sent > fromMs + spanMs || hidden.has(type) || !isShown(from, to)) continue
    if (++drawn > DRAWN_MAX) break
    const line = element('line', {
      class: loss ? 'message lost' : 'message',
      x1: Math.max(LEFT, x(sent)),
      y1: y(from),
      x2: x(ended),
      y2: loss ? y(from) + (y(to) - y(from)) * 0.6 : y(to),
      stroke: colours[type],
    })
    const fate = loss ? `never arrived (${loss})` : `${(ended - sent).toFixed(1)} ms`
    line.append(
      element('title', {}, `${data.rows[from]} → ${data.rows[to]} at ${(sent / 1000).toFixed(3)} s, ${fate}\n${body}`),
    )
    parts.push(line)
  }
  parts.push(element('rect', { x: 0, y: 0, width: LEFT - 4, height: HEIGHT, style: 'fill: var(--card)' }))
  data.rows.forEach((row, at) =>
    parts.push(element('text', { class: 'label', x: LEFT - 10, y: y(at) + 4, 'text-anchor': 'end' }, row)),
  )
  for (let tick = 0; tick <= 6; tick++) {
    const ms = fromMs + (spanMs * tick) / 6
    const anchor = tick === 6 ? 'end' : 'middle'
    parts.push(
      element(
        'text',
        { class: 'label', x: x(ms), y: HEIGHT - 6, 'text-anchor': anchor },
        `${(ms / 1000).toFixed(spanMs < 3000 ? 3 : 1)} s`,
      ),
    )
  }
  svg.replaceChildren(...parts)
}

let queued = false
function redraw() {
  if (queued) return
  queued = true
  requestAnimationFrame(() => {
    queued = false
    draw()
  })
}

function msAt(event) {
  const box = svg.getBoundingClientRect()
  const across = ((event.clientX - box.left) / box.width) * WIDTH
  return fromMs + ((across - LEFT) / (WIDTH - LEFT)) * spanMs
}

svg.addEventListener(
  'wheel',
  (event) => {
    event.preventDefault()
    const at = msAt(event)
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
      fromMs += ((event.deltaX || event.deltaY) / WIDTH) * spanMs
    else {
      const factor = Math.exp(event.deltaY / 500)
      const next = Math.min(Math.max(spanMs * factor, 1), 2 * (lastMs - firstMs))
      fromMs = at - ((at - fromMs) / spanMs) * next
      spanMs = next
    }
    redraw()
  },
  { passive: false },
)
let grabbed
svg.addEventListener('pointerdown', (event) => {
  grabbed = { x: event.clientX, fromMs }
  svg.setPointerCapture(event.pointerId)
})
svg.addEventListener('pointermove', (event) => {
  if (!grabbed) return
  fromMs =
    grabbed.fromMs -
    ((event.clientX - grabbed.x) / svg.getBoundingClientRect().width) * (WIDTH / (WIDTH - LEFT)) * spanMs
  redraw()
})
svg.addEventListener('pointerup', () => (grabbed = undefined))

function box(label, colour, onChange) {
  const wrapper = document.createElement('label')
  const input = Object.assign(document.createElement('input'), { type: 'checkbox', checked: true })
  input.addEventListener('change', () => (onChange(input.checked), redraw()))
  const name = document.createElement('span')
  name.textContent = label
  if (colour) name.style.color = colour
  wrapper.append(input, ' ', name)
  return wrapper
}

const filters = document.getElementById('filters')
data.types.forEach((type, at) =>
  filters.append(box(type, colours[at], (shown) => (shown ? hidden.delete(at) : hidden.add(at)))),
)
filters.append(box('clients', undefined, (shown) => (showsClients = shown)))
const only = Object.assign(document.createElement('select'), { ariaLabel: 'messages of' })
only.append(new Option('all nodes', ''), ...data.rows.slice(1).map((row) => new Option(`only ${row}`, row)))
only.addEventListener('change', () => {
  onlyRow = only.value === '' ? undefined : data.rows.indexOf(only.value)
  redraw()
})
filters.append(only)
draw()
