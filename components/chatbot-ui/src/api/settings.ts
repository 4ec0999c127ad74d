/** What differs from one installation of the page to the next; it is served beside the page. */
export interface Settings {
  /** `https://api.example.com:8443`; empty where the page's own host answers for the API. */
  apiOrigin: string
  /** `oauth2-proxy`: people sign in, at paths of the API's origin. */
  login: 'none' | 'oauth2-proxy'
}

export const SAME_ORIGIN: Settings = { apiOrigin: '', login: 'none' }

/**
 * @throws TypeError when the file cannot be had.
 * @throws Error when it is not what this page expects.
 */
export async function loadSettings(): Promise<Settings> {
  const response = await fetch('/config.json', { headers: { Accept: 'application/json' } })
  if (!response.ok) throw new Error(`config.json: status ${response.status}`)
  return settingsIn(await response.json())
}

export function settingsIn(value: unknown): Settings {
  const { apiOrigin, login } = (value ?? {}) as Partial<Record<keyof Settings, unknown>>
  if (typeof apiOrigin !== 'string' || (apiOrigin && new URL(apiOrigin).origin !== apiOrigin)) {
    throw new Error('config.json: apiOrigin is no origin')
  }
  if (login !== 'none' && login !== 'oauth2-proxy') throw new Error('config.json: unknown login')
  return { apiOrigin, login }
}
