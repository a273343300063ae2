import { Languages } from 'lucide'
import { chooseLanguage, type Language, LANGUAGES, t, useLanguage } from '../language/language.ts'
import { Icon } from '../ui/icon.tsx'
import { say } from '../ui/toast.tsx'

/** Each language under its own name, so that whoever reads no other finds it. */
export function LanguageChoice() {
  const language = useLanguage()
  const choose = async (next: Language) => {
    if (!(await chooseLanguage(next))) say(t.faults.network)
  }
  return (
    <label className="language-choice">
      <Icon of={Languages} size={17} />
      <span className="visually-hidden">{t.shell.language}</span>
      <select value={language} onChange={(event) => void choose(event.target.value as Language)}>
        {Object.entries(LANGUAGES).map(([id, name]) => (
          <option key={id} value={id} lang={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
