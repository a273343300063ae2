import { Monitor, Moon, Sun } from 'lucide-react'
import { chooseTheme, type ThemeChoice, useThemeChoice } from '../ui/theme.ts'

const THEMES: readonly (readonly [ThemeChoice, string, typeof Sun])[] = [
  ['system', 'As the device', Monitor],
  ['light', 'Light', Sun],
  ['dark', 'Dark', Moon],
]

export function ThemeSwitch() {
  const choice = useThemeChoice()
  return (
    <div className="segments" role="group" aria-label="Appearance">
      {THEMES.map(([theme, label, Icon]) => (
        <button
          key={theme}
          type="button"
          aria-label={label}
          aria-pressed={choice === theme}
          onClick={() => chooseTheme(theme)}
        >
          <Icon size={17} aria-hidden="true" />
        </button>
      ))}
    </div>
  )
}
