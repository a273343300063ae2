const WIDTH = 120
const HEIGHT = 32
/** As many as the server holds: a short history begins on the right. */
const POINTS = 60

/** How much went through, lately: the newest on the right, as high as the most of them. */
export function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const most = Math.max(...values, 1e-9)
  const points = values.map((value, index) => {
    const x = WIDTH - ((values.length - 1 - index) * WIDTH) / (POINTS - 1)
    return `${x.toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 5)).toFixed(1)}`
  })
  const left = points[0]?.split(',')[0]
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path className="sparkline-floor" d={`M0 ${HEIGHT - 2}H${WIDTH}`} />
      {points.length > 1 && (
        <>
          <path className="sparkline-area" d={`M${left} ${HEIGHT}L${points.join('L')}L${WIDTH} ${HEIGHT}Z`} />
          <path className="sparkline-line" d={`M${points.join('L')}`} />
        </>
      )}
    </svg>
  )
}
