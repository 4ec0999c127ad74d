import { forgetTab, localStorageOf, read, sessionStorageOf, write } from '@/chat/storage'

// In local storage: what all tabs share, and hear of by the storage event.
const SIGNED_OUT = 'chat.signed-out.v1'
const USER = 'chat.user.v1'
// In session storage: what this tab has done.
const SEEN = 'chat.signed-out-seen.v1'
const SIGNING_IN = 'chat.signing-in.v1'

/** Drops this tab's conversation if somebody signed out while the tab slept or was closed. */
export function catchUp(): void {
  const last = read(localStorageOf, SIGNED_OUT)
  if (last !== read(sessionStorageOf, SEEN)) forgetTab()
  write(sessionStorageOf, SEEN, last)
}

/** Drops the conversations of all tabs. */
export function forgetEverywhere(): void {
  write(localStorageOf, USER, undefined)
  write(localStorageOf, SIGNED_OUT, String(Date.now()))
  catchUp()
}

/** This tab shows somebody's conversation: what it kept for others goes, and the other tabs learn of it. */
export function takeOver(sub: string): void {
  forgetTab(sub)
  write(sessionStorageOf, SIGNING_IN, undefined)
  if (read(localStorageOf, USER) !== sub) write(localStorageOf, USER, sub)
}

/** The tab went to the sign-in page and has not been signed in since. */
export const isSigningIn = () => read(sessionStorageOf, SIGNING_IN) !== undefined

export function beginSigningIn(): void {
  write(sessionStorageOf, SIGNING_IN, 'yes')
}

/** Calls when another tab signed out, or shows another person's conversation. Gives the way to end it. */
export function watchTabs(onSignedOut: () => void, onUser: (sub: string) => void): () => void {
  const onStorage = ({ key, newValue }: StorageEvent) => {
    if (newValue === null) return
    if (key === SIGNED_OUT) {
      catchUp()
      onSignedOut()
    }
    if (key === USER) onUser(newValue)
  }
  window.addEventListener('storage', onStorage)
  return () => {
    window.removeEventListener('storage', onStorage)
  }
}
