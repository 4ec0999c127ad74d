import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import axe from 'axe-core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { SAME_ORIGIN } from './api/settings'
import { App } from './App'
import { done, event, meta, openAnswer, token } from './test/streams'

type Answer = ReturnType<typeof openAnswer>

/** The page's chatbot-api: every question opens an answer that the test then writes. */
class Service {
  models: string[] = ['gemma3:270m']
  /** Set to refuse questions with it. */
  refusal: Response | undefined
  readonly answers: Answer[] = []
  readonly questions: { messages: unknown[]; model?: string }[] = []

  readonly fetch = (url: string, init: RequestInit): Promise<Response> => {
    if (url === '/api/models') {
      return Promise.resolve(Response.json({ default: this.models[0], models: this.models }))
    }
    this.questions.push(JSON.parse(init.body as string) as Service['questions'][number])
    if (this.refusal) return Promise.resolve(this.refusal)
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

let service: Service
const user = userEvent.setup()

beforeEach(() => {
  service = new Service()
  vi.stubGlobal('fetch', service.fetch)
})

async function open() {
  const page = render(<App settings={SAME_ORIGIN} />)
  await screen.findAllByText('gemma3:270m')
  return page
}

const field = () => screen.getByRole('textbox', { name: 'Message' })
const conversation = () => within(screen.getByRole('region', { name: 'Conversation' }))
const ask = (question: string) => user.type(field(), `${question}{Enter}`)

async function askAndAnswer(question: string, answer: string, dropped = 0) {
  await ask(question)
  await service.write(meta(dropped), token(answer), done())
}

describe('asking', () => {
  it('shows the answer as it grows, and sends the whole conversation the next time', async () => {
    await open()
    await ask('Hi')
    await service.write(meta(), token('Hello'))
    expect(conversation().getByText('Hello')).toBeVisible()
    await service.write(token(' there'), done())
    expect(conversation().getByText('Hello there')).toBeVisible()
    expect(field()).toHaveFocus()

    await ask('Again')
    expect(service.questions.at(-1)).toEqual({
      model: 'gemma3:270m',
      stream: true,
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello there' },
        { role: 'user', content: 'Again' },
      ],
    })
  })

  it('breaks the line with Shift+Enter and sends no blanks', async () => {
    await open()
    await ask('   ')
    await user.clear(field())
    await user.type(field(), 'a{Shift>}{Enter}{/Shift}b')
    expect(field()).toHaveValue('a\nb')
    expect(service.questions).toEqual([])
    expect(screen.getByRole('button', { name: 'Send' })).toBeEnabled()
  })

  it.each([
    ['most browsers', { isComposing: true }],
    ['Safari, where the composition is over before the key', { keyCode: 229 }],
  ])('does not send with the Enter of an input method, in %s', async (_, key) => {
    await open()
    await user.type(field(), 'にほん')
    fireEvent.keyDown(field(), { key: 'Enter', ...key })
    expect(service.questions).toEqual([])
    expect(field()).toHaveValue('にほん')
  })

  it('waits for the end of an answer before the next question, which can be typed meanwhile', async () => {
    await open()
    await ask('Hi')
    await ask('Next')
    expect(service.questions).toHaveLength(1)
    expect(field()).toHaveValue('Next')
  })

  it('begins with an example', async () => {
    await open()
    await user.click(screen.getByRole('button', { name: /sky is blue/ }))
    expect(service.questions[0]?.messages).toEqual([
      { role: 'user', content: 'Explain in simple words why the sky is blue.' },
    ])
    expect(field()).toHaveFocus()
  })
})

describe('stopping', () => {
  it.each(['button', 'Escape'])(
    'by %s keeps what has arrived and gives the field back',
    async (by) => {
      await open()
      await ask('Hi')
      await service.write(meta(), token('Half an'))
      if (by === 'button') await user.click(screen.getByRole('button', { name: 'Stop the answer' }))
      else await user.type(field(), '{Escape}')

      expect(conversation().getByText('Half an')).toBeVisible()
      expect(conversation().getByText(/Stopped/)).toBeVisible()
      expect(screen.getByRole('button', { name: 'Send' })).toBeVisible()
      expect(field()).toHaveFocus()
      expect(() => {
        service.answers[0]?.write(token('late'))
      }).toThrow() // the request was aborted
    },
  )
})

it('stopping before the first word leaves the question out of what is asked next, and says so', async () => {
  await open()
  await ask('Lost')
  await user.keyboard('{Escape}')
  expect(conversation().queryByText(/does not see/)).not.toBeInTheDocument()
  await askAndAnswer('Next', 'Hello')
  expect(service.questions.at(-1)?.messages).toHaveLength(1)
  expect(conversation().getByText(/The model does not see this question any more/)).toBeVisible()
})

describe('a new chat', () => {
  it('clears at once, aborts, and can be taken back', async () => {
    await open()
    await askAndAnswer('Hi', 'Hello')
    await user.click(screen.getByRole('button', { name: 'New chat' }))
    expect(screen.queryByText('Hello')).not.toBeInTheDocument()
    expect(field()).toHaveFocus()

    await user.click(screen.getByRole('button', { name: 'Bring back the last conversation' }))
    expect(conversation().getByText('Hello')).toBeVisible()
  })

  it('stays cleared after a reload, and can still be taken back', async () => {
    const page = await open()
    await askAndAnswer('Hi', 'Hello')
    await user.click(screen.getByRole('button', { name: 'New chat' }))
    page.unmount()
    await open()
    expect(screen.queryByText('Hello')).not.toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Bring back the last conversation' }))
    expect(conversation().getByText('Hello')).toBeVisible()
  })
})

describe('a reload', () => {
  it('keeps the conversation, and what had arrived of an answer', async () => {
    const page = await open()
    await askAndAnswer('Hi', 'Hello')
    await ask('More')
    await service.write(meta(), token('Half an'))
    window.dispatchEvent(new Event('pagehide'))
    page.unmount()

    await open()
    expect(conversation().getByText('Hello')).toBeVisible()
    expect(conversation().getByText('Half an')).toBeVisible()
    expect(conversation().getByText(/Interrupted/)).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Answer again' }))
    expect(service.questions.at(-1)?.messages).toHaveLength(3)
  })
})

describe('a failure', () => {
  it('gives the reason of a refusal, and Retry asks the same again', async () => {
    await open()
    service.refusal = Response.json(
      { code: 'upstream_unreachable', detail: 'no route to the inference server' },
      { status: 502 },
    )
    await ask('Hi')
    const alert = await screen.findByRole('alert')
    expect(alert).toHaveTextContent('The model cannot be reached.no route to the inference server')

    service.refusal = undefined
    await user.click(within(alert).getByRole('button', { name: 'Retry' }))
    await service.write(meta(), token('Hello'), done())
    expect(conversation().getByText('Hello')).toBeVisible()
    expect(screen.queryByRole('alert')).not.toBeInTheDocument()
    expect(service.questions[1]).toEqual(service.questions[0])
  })

  it('before the first word leaves its question out of what is asked next, and says so', async () => {
    await open()
    service.refusal = new Response('', { status: 503 })
    await ask('Lost')
    expect(await screen.findByRole('alert')).not.toHaveTextContent(/does not see/)

    service.refusal = undefined
    await askAndAnswer('Next', 'Hello')
    expect(service.questions.at(-1)?.messages).toEqual([{ role: 'user', content: 'Next' }])
    expect(conversation().getByText('Lost')).toBeVisible()
    expect(conversation().getByText(/The model does not see this question any more/)).toBeVisible()
  })

  it('in mid-answer keeps what has arrived', async () => {
    await open()
    await ask('Hi')
    await service.write(
      meta(),
      token('Half an'),
      event('error', { code: 'upstream_broke', detail: 'it went away' }),
    )
    expect(await screen.findByRole('alert')).toHaveTextContent('broke off in mid-answer')
    expect(conversation().getByText('Half an')).toBeVisible()
  })

  it('of the network in mid-answer is told from a service that cannot be reached', async () => {
    await open()
    await ask('Hi')
    await service.write(meta(), token('Half an'))
    service.answers[0]?.fail()
    expect(await screen.findByRole('alert')).toHaveTextContent('The connection broke')

    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
    await user.click(screen.getByRole('button', { name: 'Retry' }))
    await waitFor(() => {
      expect(screen.getByRole('alert')).toHaveTextContent('cannot be reached')
    })
  })
})

describe('the model', () => {
  it('is a text where there is one', async () => {
    await open()
    expect(screen.queryByRole('button', { name: /Model/ })).not.toBeInTheDocument()
  })

  it('is a choice where there are several, and the next question names it', async () => {
    service.models = ['gemma3:270m', 'qwen3:0.6b']
    await open()
    await user.click(screen.getByRole('button', { name: 'Model: gemma3:270m' }))
    await user.click(screen.getByRole('menuitemradio', { name: 'qwen3:0.6b' }))
    await ask('Hi')
    expect(service.questions[0]?.model).toBe('qwen3:0.6b')
  })

  it('that was chosen is still chosen after a reload, while the service has it', async () => {
    service.models = ['gemma3:270m', 'qwen3:0.6b']
    const page = await open()
    await user.click(screen.getByRole('button', { name: 'Model: gemma3:270m' }))
    await user.click(screen.getByRole('menuitemradio', { name: 'qwen3:0.6b' }))
    page.unmount()
    const again = render(<App settings={SAME_ORIGIN} />)
    expect(await screen.findByRole('button', { name: 'Model: qwen3:0.6b' })).toBeVisible()
    again.unmount()

    service.models = ['gemma3:270m']
    await open()
    await ask('Hi')
    expect(service.questions[0]?.model).toBe('gemma3:270m')
  })
})

describe('a conversation that is longer than the context', () => {
  it('shows how much the model did not see, and from where on it saw', async () => {
    await open()
    await askAndAnswer('One', 'First')
    await askAndAnswer('Two', 'Second', 2)
    expect(conversation().getByText(/2 earlier messages were left out/)).toBeVisible()
    const turns = conversation().getAllByRole('listitem')
    expect(turns[2]).toHaveTextContent('The model no longer sees what stands above')
    expect(turns[3]).toHaveTextContent('Two')
  })
})

describe('an answer', () => {
  it('in Markdown is formatted; its HTML is text, and it loads nothing from elsewhere', async () => {
    const page = await open()
    await askAndAnswer(
      'Hi',
      '# Title\n\n**bold** <img src=x onerror=alert(1)> ![pic](https://elsewhere.example/p.png) [bad](javascript:alert(1))',
    )
    expect(conversation().getByText('bold').tagName).toBe('STRONG')
    // Below the page's own title and the speaker's heading.
    expect(screen.getByRole('heading', { name: 'Title', level: 3 })).toBeVisible()
    expect(page.container.querySelector('img')).toBeNull()
    expect(screen.getByRole('link', { name: 'pic' })).toHaveAttribute('rel', 'noopener noreferrer')
    expect(screen.queryByRole('link', { name: 'bad' })).not.toBeInTheDocument()
  })

  it('has code that can be copied as it is', async () => {
    await open()
    await askAndAnswer('Hi', '```python\nif a:\n    b()\n```')
    await user.click(screen.getByRole('button', { name: 'Copy code' }))
    expect(await navigator.clipboard.readText()).toBe('if a:\n    b()')
    expect(await screen.findByText('Copied')).toBeInTheDocument()
  })

  it('is read out by whole sentences, each once', async () => {
    await open()
    await ask('Hi')
    const log = () => screen.getByRole('log')
    await service.write(meta(), token('The sky is blue. It is'))
    expect(log()).toHaveTextContent(/^The sky is blue\.$/)
    const first = log().firstElementChild
    await service.write(token(' high.'), done())
    expect(log().children).toHaveLength(2)
    expect(log().firstElementChild).toBe(first)
  })
})

it('breaks no rule of axe, empty, with an answer, and with a failure', async () => {
  service.models = ['gemma3:270m', 'qwen3:0.6b']
  const { container } = await open()
  // Colours and sizes need a real browser; the end-to-end test checks those.
  const violations = async () =>
    (await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })).violations.map(
      (violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join()}`,
    )
  expect(await violations()).toEqual([])
  await askAndAnswer(
    'Hi',
    '# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet a\n```\n\n- x\n- y',
  )
  expect(await violations()).toEqual([])
  service.refusal = new Response('', { status: 500 })
  await ask('Hi')
  await screen.findByRole('alert')
  expect(await violations()).toEqual([])
})
