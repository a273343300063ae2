/** What a person chose on this device, by name. Without storage (a private window) nothing is kept, and nothing breaks. */
export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

/** Undefined: forgets it. False where this browser keeps nothing. */
export function keepStored(name: string, value: string | undefined): boolean {
  try {
    if (value === undefined) localStorage.removeItem(name)
    else localStorage.setItem(name, value)
    return true
  } catch {
    return false
  }
}
