import { useCallback, useEffect, useRef, useState } from 'react'
import { SESSION_ENDED, SIGNED_OUT, UNREACHABLE, type Problem } from '@/api/problem'
import { askSession, signInUrl, signOutUrl, type Session, type User } from '@/api/session'
import type { Settings } from '@/api/settings'
import { leaveFor } from '@/lib/leave'
import { beginSigningIn, catchUp, forgetEverywhere, isSigningIn, takeOver, watchTabs } from './tabs'

const FIRST_RETRY_MS = 2_000
const LONGEST_RETRY_MS = 30_000
/** The path that a sign-out ends at, so that the page does not sign in again at once. */
const SIGNED_OUT_PATH = '/signed-out'
/** Added to the address that a sign-in comes back to. */
const BACK = '?signed-in'

export type SessionState =
  | { is: 'asking' }
  | { is: 'open'; user: User }
  /** On the way to the sign-in page. What was on the page stays until it goes. */
  | { is: 'leaving'; user?: User }
  | { is: 'signed-out'; byReader: boolean }
  | { is: 'unreachable' }
  /** Signed in, and the API says otherwise: no further sign-in would change it. */
  | { is: 'refused' }

export interface SessionControls {
  session: SessionState
  signIn: () => void
  signOut: () => void
  /** Asks again who is signed in. */
  check: () => void
  /** What a failed request means; `shown` is to be called when the page shows it. */
  explain: (problem: Problem) => Promise<{ problem: Problem; shown?: () => void }>
}

/** Who is signed in, in this tab and in step with the others. */
export function useSession({ apiOrigin }: Settings): SessionControls {
  const [session, setSession] = useState<SessionState>({ is: 'asking' })
  const latest = useRef(session)
  useEffect(() => {
    latest.current = session
  }, [session])

  const take = useCallback((found: Session) => {
    setSession((now) => afterAnswer(now, found))
  }, [])
  const check = useCallback(() => {
    void askSession(apiOrigin).then(take)
  }, [apiOrigin, take])
  const signIn = useCallback(() => {
    setSession((now) => ({ is: 'leaving', ...('user' in now && { user: now.user }) }))
  }, [])
  const signOut = useCallback(() => {
    forgetEverywhere()
    setSession({ is: 'signed-out', byReader: true })
    leaveFor(signOutUrl(apiOrigin, window.location.origin + SIGNED_OUT_PATH))
  }, [apiOrigin])

  const explain = useCallback<SessionControls['explain']>(
    async (problem) => {
      if (problem !== SIGNED_OUT && problem !== UNREACHABLE) return { problem }
      const found = await askSession(apiOrigin)
      const shown = () => {
        take(found)
      }
      if (found.is === 'ended') return { problem: SESSION_ENDED, shown }
      return found.is === 'open' ? { problem, shown } : { problem: UNREACHABLE }
    },
    [apiOrigin, take],
  )

  useEffect(() => {
    catchUp()
    check()
    const onShow = (event: PageTransitionEvent) => {
      // Back from elsewhere to the page as it was left.
      if (event.persisted) check()
    }
    window.addEventListener('pageshow', onShow)
    const unwatch = watchTabs(
      () => {
        setSession({ is: 'signed-out', byReader: true })
      },
      (sub) => {
        const now = latest.current
        if (now.is !== 'open' || now.user.sub !== sub) check()
      },
    )
    return () => {
      window.removeEventListener('pageshow', onShow)
      unwatch()
    }
  }, [check])

  const leaving = session.is === 'leaving'
  const owner = session.is === 'open' ? session.user.sub : undefined
  // After the effects of what is on the page, which store the conversation.
  useEffect(() => {
    if (owner !== undefined) {
      takeOver(owner)
      if (window.location.search === BACK || window.location.pathname === SIGNED_OUT_PATH) {
        window.history.replaceState(null, '', '/')
      }
    }
    if (leaving) {
      beginSigningIn()
      leaveFor(signInUrl(apiOrigin, `${window.location.origin}/${BACK}`))
    }
  }, [apiOrigin, leaving, owner])

  useRetry(session.is === 'unreachable', check)
  return { session, signIn, signOut, check, explain }
}

function afterAnswer(now: SessionState, found: Session): SessionState {
  if (found.is === 'open') {
    return now.is === 'open' && sameUser(now.user, found.user)
      ? now
      : { is: 'open', user: found.user }
  }
  // A reader who is in the middle of something is told when it matters: at the next question.
  if (found.is === 'unknown') return now.is === 'open' ? now : { is: 'unreachable' }
  if (now.is === 'open') return { is: 'leaving', user: now.user }
  if (now.is === 'signed-out') return now
  if (window.location.search === BACK) return { is: found.certain ? 'refused' : 'unreachable' }
  if (window.location.pathname === SIGNED_OUT_PATH) return { is: 'signed-out', byReader: true }
  // Who came back from the sign-in page without signing in is not sent there again.
  return isSigningIn() ? { is: 'signed-out', byReader: false } : { is: 'leaving' }
}

const sameUser = (one: User, other: User) =>
  one.sub === other.sub && one.name === other.name && one.email === other.email

/** Acts at growing intervals for as long as it is `wanted`. */
function useRetry(wanted: boolean, act: () => void) {
  useEffect(() => {
    if (!wanted) return
    let timer: ReturnType<typeof setTimeout>
    const wait = (ms: number) => {
      timer = setTimeout(() => {
        act()
        wait(Math.min(ms * 2, LONGEST_RETRY_MS))
      }, ms)
    }
    wait(FIRST_RETRY_MS)
    return () => {
      clearTimeout(timer)
    }
  }, [wanted, act])
}
