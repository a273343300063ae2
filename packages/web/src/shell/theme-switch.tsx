import { type IconNode, Monitor, Moon, Sun } from 'lucide'
import { t } from '../language/language.ts'
import { Icon } from '../ui/icon.tsx'
import { chooseTheme, type ThemeChoice, useThemeChoice } from '../ui/theme.ts'

const THEMES: readonly (readonly [ThemeChoice, IconNode])[] = [
  ['system', Monitor],
  ['light', Sun],
  ['dark', Moon],
]

export function ThemeSwitch() {
  const choice = useThemeChoice()
  return (
    <div className="segments" role="group" aria-label={t.shell.appearance}>
      {THEMES.map(([theme, icon]) => (
        <button
          key={theme}
          type="button"
          aria-label={t.shell.themes[theme]}
          aria-pressed={choice === theme}
          onClick={() => chooseTheme(theme)}
        >
          <Icon of={icon} size={17} />
        </button>
      ))}
    </div>
  )
}
