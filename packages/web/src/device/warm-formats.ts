/**
 * A worker that makes one formatter of each kind and ends. The first of a process takes a phone a fifth of a second, which
 * finds out what languages there are; here it holds up no finger and no drawing.
 */
new Intl.DisplayNames('en', { type: 'region' }).of('DE')
new Intl.NumberFormat('en').format(1)
new Intl.DateTimeFormat('en', { dateStyle: 'full' }).format(0)
close()
