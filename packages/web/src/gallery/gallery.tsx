import './gallery.css'
import { type ReactNode, useState } from 'react'
import { ApiError } from '../api.ts'
import { CheckinCard } from '../feed/checkin-card.tsx'
import { MentionField } from '../feed/mention-field.tsx'
import { Calendar } from '../lifelog/calendar.tsx'
import { Passport } from '../lifelog/passport.tsx'
import { YearSlider } from '../lifelog/year-slider.tsx'
import { LazyMap } from '../map/lazy-map.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Chip } from '../ui/chip.tsx'
import { Combobox } from '../ui/combobox.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { useTitle } from '../ui/media.ts'
import { handleOf, nameOf } from '../ui/names.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { Segments } from '../ui/segments.tsx'
import { Empty, Failure, FeedSkeleton } from '../ui/states.tsx'
import { Stats } from '../ui/stats.tsx'
import { say } from '../ui/toast.tsx'
import { checkins, days, people, stats, years } from './samples.ts'

/**
 * Every component in every state, light and dark side by side, in both directions of writing. For whoever works on the
 * client: it is at /ui while that is being developed, and in no build.
 */
export function Gallery() {
  useTitle('Components')
  const [direction, setDirection] = useState<'ltr' | 'rtl'>('ltr')
  const [dialog, setDialog] = useState<'sheet' | 'alert'>()
  return (
    <div className="gallery">
      <header className="gallery-head">
        <h1>Components</h1>
        <Segments
          label="Direction of writing"
          offered={[
            ['ltr', 'Left to right'],
            ['rtl', 'Right to left'],
          ]}
          chosen={direction}
          onChoose={setDirection}
        />
        {(['sheet', 'alert'] as const).map((kind) => (
          <button key={kind} type="button" className="button button-quiet" onClick={() => setDialog(kind)}>
            Open a dialog: {kind}
          </button>
        ))}
        <button type="button" className="button button-quiet" onClick={() => say('This is what a toast says.')}>
          Say something
        </button>
      </header>
      {(['light', 'dark'] as const).map((theme) => (
        <div key={theme} className="gallery-theme" data-theme={theme} dir={direction}>
          <Controls />
          <Things />
          <States />
          <Cards />
          <Lifelog />
        </div>
      ))}
      {dialog !== undefined && (
        <Dialog title={`A dialog: ${dialog}`} kind={dialog} onClose={() => setDialog(undefined)}>
          <p className="dialog-text">Escape closes it, and the focus goes back to where it was.</p>
        </Dialog>
      )}
    </div>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="gallery-part">
      <h2 className="section-title">{title}</h2>
      {children}
    </div>
  )
}

const BUTTONS = ['button-sun', 'button-main', 'button-quiet', 'button-danger', 'button-raised'] as const
const CHOICES = [
  ['one', 'One'],
  ['two', 'Two'],
  ['three', 'Three'],
] as const
const NOTHING = () => undefined

function Controls() {
  const [chosen, setChosen] = useState<'one' | 'two' | 'three'>('one')
  const [text, setText] = useState('A few words')
  const [typed, setTyped] = useState('')
  return (
    <Part title="Controls">
      {[false, true].map((isDisabled) => (
        <div key={String(isDisabled)} className="gallery-row">
          {BUTTONS.map((kind) => (
            <button key={kind} type="button" className={`button ${kind}`} disabled={isDisabled}>
              {kind.slice('button-'.length)}
            </button>
          ))}
        </div>
      ))}
      <Segments label="Three" offered={CHOICES} chosen={chosen} onChoose={setChosen} />
      <div className="gallery-row">
        {[true, false].map((isPressed) => (
          <button key={String(isPressed)} type="button" className="filter" aria-pressed={isPressed}>
            <CategoryGlyph category="food" />
            Food and drink
          </button>
        ))}
        <span className="badge">Been here</span>
        <Chip name="Ana Ölvar" onRemove={NOTHING}>
          <Avatar person={people.ana} size="xs" />
        </Chip>
      </div>
      <input className="field" aria-label="A field" placeholder="A field" />
      <input className="field" aria-label="A field that is wrong" aria-invalid defaultValue="wrong" />
      <p className="field-fault">What is wrong with it.</p>
      <MentionField className="field" aria-label="A text" rows={2} value={text} onText={setText} />
      <label htmlFor="gallery-people" className="visually-hidden">
        People
      </label>
      <Combobox
        fieldId="gallery-people"
        listLabel="People found"
        placeholder="Type something"
        typed={typed}
        onTyped={setTyped}
        found={typed === '' ? [] : [people.ana, people.ben]}
        keyOf={({ did }) => did}
        show={(person) => (
          <>
            <Avatar person={person} size="s" />
            <RowLines title={nameOf(person)} note={handleOf(person)} />
          </>
        )}
        onTake={NOTHING}
      />
    </Part>
  )
}

function Things() {
  return (
    <Part title="Things">
      <div className="gallery-row">
        {(['xs', 's', 'm', 'l'] as const).map((size) => (
          <Avatar key={size} person={people.tomo} size={size} />
        ))}
        {['food.cafe', 'nightlife', 'nature.park', 'culture.museum', 'travel.station', 'shop', 'sport', undefined].map(
          (category) => (
            <CategoryGlyph key={category ?? 'none'} category={category} />
          ),
        )}
        <CategoryGlyph category="culture.landmark" size="hero" />
      </div>
      <Stats
        stats={[
          ['Check-ins', 1_204],
          ['Places', 87],
          ['Countries', 0],
        ]}
      />
      <div className="rows">
        {[people.noor, people.long].map((person) => (
          <div key={person.did} className="row">
            <Avatar person={person} />
            <RowLines title={nameOf(person)} note={handleOf(person)} />
            <span className="row-end">4 d</span>
          </div>
        ))}
      </div>
    </Part>
  )
}

function States() {
  return (
    <Part title="States">
      <FeedSkeleton count={2} />
      <Empty
        title="Nothing here yet"
        action={
          <button type="button" className="button button-sun">
            Be the first
          </button>
        }
      >
        <p>Why that is, and what one could do.</p>
      </Empty>
      <Failure fault={new ApiError(0, 'NetworkFailure', '')} onRetry={NOTHING} />
      <Failure fault={new Error('unknown')} />
    </Part>
  )
}

function Cards() {
  return (
    <Part title="Check-ins">
      {checkins.map(([what, checkin]) => (
        <div key={checkin.uri}>
          <p className="divider">{what}</p>
          <CheckinCard checkin={checkin} />
        </div>
      ))}
    </Part>
  )
}

function Lifelog() {
  const [year, setYear] = useState<number>()
  return (
    <Part title="Where and when">
      <div className="gallery-map">
        <LazyMap isEmbedded label="A still map" items={checkins.map(([, checkin]) => checkin)} mode="still" />
      </div>
      <YearSlider years={years} year={year} onYear={setYear} />
      <Calendar year={2026} counts={days} person="ana.example" />
      <Passport stats={stats} />
    </Part>
  )
}
