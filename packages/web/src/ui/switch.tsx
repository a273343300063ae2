import { useId } from 'react'

interface SwitchProps {
  readonly label: string
  /** What it means, in a sentence. */
  readonly note: string
  /** The note tells what is going on, and is read out when it changes. */
  readonly isNoteLive?: boolean
  readonly isOn: boolean
  readonly isDisabled?: boolean
  readonly onTurn: (isOn: boolean) => void
}

/** A setting that is on or off. */
export function Switch({ label, note, isNoteLive, isOn, isDisabled, onTurn }: SwitchProps) {
  const id = useId()
  return (
    <div className="switch-row">
      <div className="switch-lines">
        <span id={`${id}-label`} className="field-label">
          {label}
        </span>
        <span id={`${id}-note`} className="field-note" role={isNoteLive === true ? 'status' : undefined}>
          {note}
        </span>
      </div>
      <button
        type="button"
        role="switch"
        className="switch"
        aria-checked={isOn}
        aria-labelledby={`${id}-label`}
        aria-describedby={`${id}-note`}
        disabled={isDisabled}
        onClick={() => onTurn(!isOn)}
      />
    </div>
  )
}
