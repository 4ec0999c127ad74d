import { act, render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import axe from 'axe-core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Settings } from '@/api/settings'
import { App } from '@/App'
import { leaveFor } from '@/lib/leave'
import { done, meta, openAnswer, token } from '@/test/streams'

vi.mock('@/lib/leave', () => ({ leaveFor: vi.fn() }))

const API = 'https://api.chat.localhost:8443'
const SETTINGS: Settings = { apiOrigin: API, login: 'oauth2-proxy' }
const ADA = { sub: 'a-1', preferred_username: 'ada', email: 'ada@example.com' }
const GRACE = { sub: 'g-2', preferred_username: 'grace' }
const HERE = window.location.origin
const SIGN_IN = `${API}/oauth2/start?rd=${encodeURIComponent(`${HERE}/?signed-in`)}`

/** The gateway with the API behind it, as a page of another origin sees them. */
class Platform {
  user: typeof ADA | typeof GRACE | undefined = ADA
  network = true
  /** The API answers 401 itself, so that the page can read it. */
  readable = false
  /** The gateway lets everybody through and the API is not there. */
  away = false
  readonly asked: string[] = []
  readonly answers: ReturnType<typeof openAnswer>[] = []

  readonly fetch = (url: string, init: RequestInit): Promise<Response> => {
    this.asked.push(url.replace(API, ''))
    if (!this.network) return Promise.reject(new TypeError('Failed to fetch'))
    if (init.mode === 'no-cors') return Promise.resolve(new Response(null, { status: 204 }))
    if (init.credentials !== 'include') throw new Error('without a cookie')
    if (!this.user && this.readable) return Promise.resolve(new Response('', { status: 401 }))
    if (!this.user || this.away) return Promise.reject(new TypeError('Failed to fetch'))
    if (url === `${API}/api/me`) return Promise.resolve(Response.json(this.user))
    if (url === `${API}/api/models`) {
      return Promise.resolve(Response.json({ default: 'gemma3:270m', models: ['gemma3:270m'] }))
    }
    const answer = openAnswer(init.signal)
    this.answers.push(answer)
    return Promise.resolve(answer.response)
  }

  async write(...pieces: string[]) {
    await act(async () => {
      for (const piece of pieces) this.answers.at(-1)?.write(piece)
      await new Promise((resolve) => setTimeout(resolve))
    })
  }
}

let platform: Platform
const user = userEvent.setup()

beforeEach(() => {
  platform = new Platform()
  vi.stubGlobal('fetch', platform.fetch)
  vi.mocked(leaveFor).mockClear()
  window.history.replaceState(null, '', '/')
})

const open = () => render(<App settings={SETTINGS} />)
const account = (name = 'ada') => screen.findByRole('button', { name: `Account: ${name}` })
const field = () => screen.getByRole('textbox', { name: 'Message' })
const conversation = () => within(screen.getByRole('region', { name: 'Conversation' }))
const left = () => vi.mocked(leaveFor).mock.calls.map(([url]) => url)

async function ask(question: string, answer?: string) {
  await user.type(field(), `${question}{Enter}`)
  if (answer) await platform.write(meta(), token(answer), done())
}

/** The tab is left for the login, or reloaded: what is on the page goes, the tab's storage stays. */
function leaveTab(page: ReturnType<typeof open>) {
  window.dispatchEvent(new Event('pagehide'))
  page.unmount()
}

/** Another tab changed what all tabs share. jsdom has one tab, so the browser's event is made here. */
function fromAnotherTab(key: string, value: string) {
  act(() => {
    localStorage.setItem(key, value)
    window.dispatchEvent(new StorageEvent('storage', { key, newValue: value }))
  })
}

/** All that the browser keeps. */
const stored = () => JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)])

async function signOut() {
  await user.click(await account())
  await user.click(screen.getByRole('menuitem', { name: 'Sign out' }))
}

describe('opening the page', () => {
  it('shows who is signed in, and the models', async () => {
    open()
    expect(await screen.findByText('gemma3:270m')).toBeVisible()
    await user.click(await account())
    expect(screen.getByText('ada@example.com')).toBeVisible()
    expect(left()).toEqual([])
  })

  it.each([true, false])(
    'without a session goes to the sign-in, readable 401: %s',
    async (readable) => {
      platform.user = undefined
      platform.readable = readable
      open()
      await waitFor(() => {
        expect(left()).toEqual([SIGN_IN])
      })
      expect(screen.getByRole('status')).toHaveTextContent('Going to the sign-in page')
    },
  )

  it('without a network says so, sends nobody to sign in, and tries again', async () => {
    platform.network = false
    open()
    expect(await screen.findByText('The chat service cannot be reached.')).toBeVisible()
    platform.network = true
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await account()).toBeVisible()
    expect(left()).toEqual([])
  })

  it('tries again by itself', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true })
    platform.network = false
    open()
    await screen.findByText('The chat service cannot be reached.')
    platform.network = true
    await vi.advanceTimersByTimeAsync(2_000)
    vi.useRealTimers()
    expect(await account()).toBeVisible()
  })

  it('does not send who came back without signing in there again', async () => {
    platform.user = undefined
    const page = open()
    await waitFor(() => {
      expect(left()).toHaveLength(1)
    })
    leaveTab(page)
    open()
    await user.click(await screen.findByRole('button', { name: 'Sign in' }))
    expect(screen.getByText('Going to the sign-in page…')).toBeVisible()
    expect(left()).toEqual([SIGN_IN, SIGN_IN])
  })

  it('right after the sign-in takes a hidden failure for an API that is away: no loop', async () => {
    platform.away = true
    window.history.replaceState(null, '', '/?signed-in')
    open()
    expect(await screen.findByText('The chat service cannot be reached.')).toBeVisible()
    expect(left()).toEqual([])
    platform.away = false
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await account()).toBeVisible()
    expect(window.location.search).toBe('')
  })

  it('right after the sign-in says that the API refuses it: no loop', async () => {
    platform.user = undefined
    platform.readable = true
    window.history.replaceState(null, '', '/?signed-in')
    open()
    expect(await screen.findByText(/does not accept your sign-in/)).toBeVisible()
    expect(left()).toEqual([])
  })
})

describe('a session that ends', () => {
  it.each([true, false])(
    'at a question keeps it, the conversation and the draft over the sign-in, readable 401: %s',
    async (readable) => {
      const page = open()
      await account()
      await ask('Hi', 'Hello')
      platform.user = undefined
      platform.readable = readable
      await ask('More')
      await waitFor(() => {
        expect(left()).toEqual([SIGN_IN])
      })
      expect(screen.getByRole('alert')).toHaveTextContent('Your session has ended.')
      await user.type(field(), 'and a draft')
      leaveTab(page)

      platform.user = ADA
      open()
      await account()
      expect(field()).toHaveValue('and a draft')
      expect(conversation().getByText('Hello')).toBeVisible()
      await user.click(screen.getByRole('button', { name: 'Retry' }))
      await platform.write(meta(), token('Here it is'), done())
      expect(conversation().getByText('Here it is')).toBeVisible()
      expect(left()).toHaveLength(1)
    },
  )

  it('is not taken for one when the network is away', async () => {
    open()
    await account()
    platform.network = false
    await ask('Hi')
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The chat service cannot be reached.',
    )
    expect(left()).toEqual([])
  })

  it('is noticed when the reader comes back to the tab', async () => {
    open()
    await account()
    platform.user = undefined
    document.dispatchEvent(new Event('visibilitychange'))
    await waitFor(() => {
      expect(left()).toEqual([SIGN_IN])
    })
  })

  it('does not disturb an answer that is under way, and neither does a new token', async () => {
    open()
    await account()
    await ask('Hi')
    await platform.write(meta(), token('Half an'))
    const before = platform.asked.length
    document.dispatchEvent(new Event('visibilitychange'))
    platform.user = undefined
    await platform.write(token(' answer'), done())
    expect(conversation().getByText('Half an answer')).toBeVisible()
    expect(platform.asked).toHaveLength(before)
    expect(left()).toEqual([])
  })

  it('and one that goes on are told apart when the reader comes back to the tab', async () => {
    open()
    await account()
    await ask('Hi', 'Hello')
    document.dispatchEvent(new Event('visibilitychange'))
    await waitFor(() => {
      expect(platform.asked.filter((path) => path === '/api/me')).toHaveLength(2)
    })
    expect(conversation().getByText('Hello')).toBeVisible()
  })
})

describe('signing out', () => {
  it('drops the conversation and the draft, and ends the session', async () => {
    const page = open()
    await account()
    await ask('Hi', 'Hello')
    await user.type(field(), 'secret draft')
    await signOut()
    expect(left()).toEqual([
      `${API}/oauth2/sign_out?rd=${encodeURIComponent(`${HERE}/signed-out`)}`,
    ])
    expect(screen.queryByText('Hello')).not.toBeInTheDocument()
    leaveTab(page)
    expect(stored()).not.toMatch(/Hello|secret|a-1/)

    platform.user = undefined
    window.history.replaceState(null, '', '/signed-out')
    open()
    expect(await screen.findByText('You are signed out.')).toBeVisible()
    expect(left()).toHaveLength(1)
    await user.click(screen.getByRole('button', { name: 'Sign in' }))
    expect(left()).toHaveLength(2)
  })

  it('breaks off an answer', async () => {
    open()
    await account()
    await ask('Hi')
    await platform.write(meta(), token('Half an'))
    await signOut()
    expect(() => {
      platform.answers[0]?.write(token('late'))
    }).toThrow()
    expect(stored()).not.toContain('Half an')
  })

  it('in another tab drops the conversation here as well', async () => {
    open()
    await account()
    await ask('Hi', 'Hello')
    fromAnotherTab('chat.signed-out.v1', '1')
    expect(await screen.findByText('You are signed out.')).toBeVisible()
    expect(screen.queryByText('Hello')).not.toBeInTheDocument()
    expect(stored()).not.toContain('Hello')
    expect(left()).toEqual([])
  })

  it('in another tab stays so here until somebody is signed in', async () => {
    open()
    await account()
    fromAnotherTab('chat.signed-out.v1', '1')
    await screen.findByText('You are signed out.')
    platform.user = undefined
    const before = platform.asked.length
    fromAnotherTab('chat.user.v1', 'g-2')
    await waitFor(() => {
      expect(platform.asked.slice(before)).toEqual(['/api/me', '/oauth2/userinfo'])
    })
    await act(() => Promise.resolve())
    expect(screen.getByText('You are signed out.')).toBeVisible()
    expect(left()).toEqual([])
  })

  it('while this tab was closed drops what it had kept', async () => {
    const page = open()
    await account()
    await ask('Hi', 'Hello')
    leaveTab(page)
    localStorage.setItem('chat.signed-out.v1', '2')
    open()
    await account()
    expect(screen.queryByText('Hello')).not.toBeInTheDocument()
  })

  it('is over when another tab signs in', async () => {
    platform.user = undefined
    window.history.replaceState(null, '', '/signed-out')
    open()
    await screen.findByText('You are signed out.')
    platform.user = GRACE
    fromAnotherTab('chat.user.v1', 'g-2')
    expect(await account('grace')).toBeVisible()
    expect(window.location.pathname).toBe('/')
  })
})

describe('a second person', () => {
  it('in the same tab sees nothing of the first', async () => {
    const page = open()
    await account()
    await ask('Hi', 'Hello of ada')
    await user.type(field(), 'draft of ada')
    leaveTab(page)
    platform.user = GRACE
    open()
    await account('grace')
    expect(field()).toHaveValue('')
    expect(screen.queryByText('Hello of ada')).not.toBeInTheDocument()
    await waitFor(() => {
      expect(stored()).not.toContain('of ada')
    })
  })

  it('who signs in in another tab takes this one over, with an answer under way broken off', async () => {
    open()
    await account()
    await ask('Hi')
    await platform.write(meta(), token('Half of ada'))
    platform.user = GRACE
    fromAnotherTab('chat.user.v1', 'g-2')
    await account('grace')
    expect(screen.queryByText('Half of ada')).not.toBeInTheDocument()
    expect(() => {
      platform.answers[0]?.write(token('late'))
    }).toThrow()
  })
})

it('breaks no rule of axe, signed in with the menu open, signed out, and without a network', async () => {
  const page = open()
  await user.click(await account())
  const violations = async () =>
    (
      await axe.run(document.body, {
        rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
      })
    ).violations.map((violation) => violation.id)
  expect(await violations()).toEqual([])
  await user.click(screen.getByRole('menuitem', { name: 'Sign out' }))
  expect(await violations()).toEqual([])
  page.unmount()
  platform.network = false
  open()
  await screen.findByText('The chat service cannot be reached.')
  expect(await violations()).toEqual([])
})
