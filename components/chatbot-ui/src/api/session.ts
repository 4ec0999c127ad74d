export interface User {
  /** The identity provider's name for the person; never given to another one. */
  sub: string
  name: string
  email?: string
}

export type Session =
  | { is: 'open'; user: User }
  /** Nobody is signed in. `certain`: the API itself said so. */
  | { is: 'ended'; certain: boolean }
  | { is: 'unknown' }

/**
 * Who is signed in.
 *
 * The gateway refuses a request without a session before the API can add its CORS headers, so the browser
 * hides that answer. A request that asks for no answer then tells it from a network that is away.
 */
export async function askSession(origin: string): Promise<Session> {
  let response: Response
  try {
    response = await fetch(`${origin}/api/me`, {
      credentials: 'include',
      cache: 'no-store',
      headers: { Accept: 'application/json' },
    })
  } catch {
    return (await isReachable(origin)) ? { is: 'ended', certain: false } : { is: 'unknown' }
  }
  if (response.status === 401) return { is: 'ended', certain: true }
  const user = response.ok ? userIn(await response.json().catch(() => null)) : undefined
  return user ? { is: 'open', user } : { is: 'unknown' }
}

export function signInUrl(origin: string, back: string): string {
  return `${origin}/oauth2/start?rd=${encodeURIComponent(back)}`
}

export function signOutUrl(origin: string, back: string): string {
  return `${origin}/oauth2/sign_out?rd=${encodeURIComponent(back)}`
}

async function isReachable(origin: string): Promise<boolean> {
  try {
    await fetch(`${origin}/oauth2/userinfo`, {
      mode: 'no-cors',
      credentials: 'omit',
      cache: 'no-store',
    })
    return true
  } catch {
    return false
  }
}

function userIn(body: unknown): User | undefined {
  const { sub, preferred_username, email } = (body ?? {}) as Record<string, unknown>
  if (typeof sub !== 'string' || !sub) return undefined
  const mail = typeof email === 'string' && email ? email : undefined
  const name = typeof preferred_username === 'string' ? preferred_username : undefined
  return { sub, name: name ?? mail ?? 'Signed in', ...(mail && { email: mail }) }
}
