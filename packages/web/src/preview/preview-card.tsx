import { useQuery } from '@tanstack/react-query'
import { Crown } from 'lucide'
import { type ReactNode, useEffect } from 'react'
import { ask } from '../api.ts'
import { t } from '../language/pages.ts'
import { Avatar } from '../ui/avatar.tsx'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { Icon } from '../ui/icon.tsx'
import { handleOf, nameOf, townOf } from '../ui/names.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { cardPlace } from './card-place.ts'
import { hidePreview, keepPreview, leavePreview, type ShownPreview } from './previewed.ts'

/** What a link leads to, beside it. It says nothing that the page behind the link does not say. */
export function PreviewCard({ shown: { of, link } }: { readonly shown: ShownPreview }) {
  useEffect(() => {
    const press = ({ key }: KeyboardEvent) => {
      if (key === 'Escape') hidePreview()
    }
    window.addEventListener('keydown', press)
    window.addEventListener('scroll', hidePreview, { passive: true })
    return () => {
      window.removeEventListener('keydown', press)
      window.removeEventListener('scroll', hidePreview)
    }
  }, [])
  return (
    <div
      className="preview-card"
      role="status"
      style={cardPlace(link, { width: innerWidth, height: innerHeight })}
      onPointerEnter={keepPreview}
      onPointerLeave={leavePreview}
    >
      {of.kind === 'person' ? <Person actor={of.actor} /> : <Place id={of.id} />}
    </div>
  )
}

function Person({ actor }: { readonly actor: string }) {
  const { data: person } = useQuery({
    queryKey: ['person', actor],
    queryFn: ({ signal }) => ask('app.waypost.actor.getProfile', { actor }, signal),
  })
  if (person === undefined) return <Waiting />
  const figures = [
    t.counts.checkins(person.checkinCount),
    t.counts.followers(person.followerCount),
    person.viewer?.followedBy === undefined ? '' : t.person.followsYou,
  ]
  return (
    <>
      <Head mark={<Avatar person={person} />} title={nameOf(person)} note={handleOf(person)} />
      {person.description !== undefined && (
        <p className="preview-about" dir="auto">
          {person.description}
        </p>
      )}
      <Figures of={figures} />
    </>
  )
}

function Place({ id }: { readonly id: string }) {
  const { data } = useQuery({
    queryKey: ['place', id],
    queryFn: ({ signal }) => ask('app.waypost.place.get', { place: id }, signal),
  })
  if (data === undefined) return <Waiting />
  const { place, mayor } = data
  const visits = place.viewer?.checkinCount ?? 0
  const note = [categoryLook(place.category).label, townOf(place.address)].filter((part) => part !== '').join(' · ')
  const figures = [
    t.counts.checkins(place.checkinCount),
    t.counts.people(place.personCount),
    visits === 0 ? '' : t.place.visits(visits),
  ]
  return (
    <>
      <Head mark={<CategoryGlyph category={place.category} />} title={place.name} note={note} />
      {mayor !== undefined && (
        <p className="preview-mayor">
          <Icon of={Crown} size={15} />
          <bdi>{nameOf(mayor.actor)}</bdi>
        </p>
      )}
      <Figures of={figures} />
    </>
  )
}

interface HeadProps {
  readonly mark: ReactNode
  readonly title: string
  readonly note: string
}

function Head({ mark, title, note }: HeadProps) {
  return (
    <div className="preview-who">
      {mark}
      <RowLines title={title} note={note} />
    </div>
  )
}

function Figures({ of }: { readonly of: readonly string[] }) {
  return <p className="quiet">{of.filter((part) => part !== '').join(' · ')}</p>
}

function Waiting() {
  return (
    <div className="preview-who" aria-hidden="true">
      <span className="bone bone-round" />
      <span className="bone-lines">
        <span className="bone bone-title" />
        <span className="bone bone-short" />
      </span>
    </div>
  )
}
