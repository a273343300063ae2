import { type SubmitEvent, useId, useState } from 'react'
import { call } from '../api.ts'
import { graphemes } from '../compose/graphemes.ts'
import { t } from '../language/pages.ts'
import { useAct } from '../ui/use-act.ts'

const NAME_GRAPHEMES_MAX = 64

interface NewListProps {
  readonly label: string
  readonly onCreated?: (uri: string) => Promise<unknown>
}

/** A list of places needs no more than a name. */
export function NewList({ label, onCreated }: NewListProps) {
  const [name, setName] = useState('')
  const { isBusy, act } = useAct()
  const fieldId = useId()
  const left = NAME_GRAPHEMES_MAX - graphemes(name.trim())
  const create = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const isCreated = await act(async () => {
      const { uri } = await call('app.waypost.list.create', { name: name.trim() })
      await onCreated?.(uri)
    }, [['lists']])
    if (isCreated) setName('')
  }
  return (
    <form className="new-list" onSubmit={(event) => void create(event)}>
      <label htmlFor={fieldId} className="field-label">
        {t.lists.new}
      </label>
      <input
        id={fieldId}
        className="field"
        dir="auto"
        autoComplete="off"
        placeholder={t.lists.newHint}
        value={name}
        aria-invalid={left < 0 || undefined}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="button button-main" disabled={isBusy || name.trim() === '' || left < 0}>
        {left < 0 ? t.lists.tooLong(-left) : label}
      </button>
    </form>
  )
}
