import { describe, expect, it, vi } from 'vitest'
import { bodyOf, done, event, meta, token } from '@/test/streams'
import { readEvents, streamAnswer, type ChatEvent } from './chat'

async function collect(events: AsyncIterable<ChatEvent>) {
  const all: ChatEvent[] = []
  for await (const each of events) all.push(each)
  return all
}

const WHOLE = meta(2) + token('Grüße ') + token('🌈\n\nend') + done('length')
const EVENTS: ChatEvent[] = [
  { type: 'meta', model: 'gemma3:270m', dropped: 2 },
  { type: 'token', text: 'Grüße ' },
  { type: 'token', text: '🌈\n\nend' },
  { type: 'done', finish: 'length' },
]

describe('readEvents', () => {
  it('reads all events of one piece', async () => {
    expect(await collect(readEvents(bodyOf([WHOLE])))).toEqual(EVENTS)
  })

  it('reads the same events however the bytes are cut, also within a character', async () => {
    const bytes = new TextEncoder().encode(WHOLE)
    for (let size = 1; size < 40; size += 1) {
      const pieces = []
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size))
      expect(await collect(readEvents(bodyOf(pieces)))).toEqual(EVENTS)
    }
  })

  it('takes CRLF, comments, and events it does not know', async () => {
    const text = `: ping\r\n\r\nevent: later\r\ndata: {}\r\n\r\n${token('a').replaceAll('\n', '\r\n')}`
    expect(await collect(readEvents(bodyOf([text, done()])))).toEqual([
      { type: 'token', text: 'a' },
      { type: 'done', finish: 'stop' },
    ])
  })

  it('keeps what a model thinks apart from its answer', async () => {
    const text = event('reasoning', { content: 'hm' }) + token('a') + done()
    expect((await collect(readEvents(bodyOf([text])))).slice(0, 2)).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'token', text: 'a' },
    ])
  })

  it('yields each event before the next arrives', async () => {
    let write!: (text: string) => void
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        write = (text) => {
          controller.enqueue(new TextEncoder().encode(text))
        }
      },
    })
    const events = readEvents(body)
    write(token('first'))
    expect((await events.next()).value).toEqual({ type: 'token', text: 'first' })
    write(token('second'))
    expect((await events.next()).value).toEqual({ type: 'token', text: 'second' })
  })

  it('fails when the stream ends before done', async () => {
    await expect(collect(readEvents(bodyOf([meta(), token('a')])))).rejects.toMatchObject({
      problem: { reason: 'The connection broke before the answer was complete.' },
    })
  })

  it('fails with the reason of an error in mid-stream, after the tokens before it', async () => {
    const problem = { code: 'upstream_broke', detail: 'the inference server went away' }
    const seen: ChatEvent[] = []
    const reading = async () => {
      for await (const each of readEvents(bodyOf([token('a') + event('error', problem)]))) {
        seen.push(each)
      }
    }
    await expect(reading()).rejects.toMatchObject({
      problem: {
        reason: 'The model broke off in mid-answer.',
        detail: 'the inference server went away',
      },
    })
    expect(seen).toEqual([{ type: 'token', text: 'a' }])
  })

  it('fails on data that is not JSON', async () => {
    await expect(
      collect(readEvents(bodyOf(['event: token\ndata: <html>\n\n']))),
    ).rejects.toMatchObject({
      problem: { reason: 'The chat service sent something this page cannot read.' },
    })
  })
})

describe('streamAnswer', () => {
  const ask = (model?: string, origin = '') =>
    collect(
      streamAnswer([{ role: 'user', content: 'Hi' }], model, new AbortController().signal, origin),
    )

  const answering = (response: Response) =>
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(response)

  it('posts the messages and asks for a stream', async () => {
    const fetched = answering(new Response(bodyOf([WHOLE])))
    await ask('qwen3:0.6b')
    const [url, init] = fetched.mock.calls[0] ?? []
    expect(url).toBe('/api/chat')
    expect(JSON.parse(init?.body as string)).toEqual({
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      model: 'qwen3:0.6b',
    })
  })

  it('asks the origin that it is given, with the session, and says that it takes JSON', async () => {
    const fetched = answering(new Response(bodyOf([WHOLE])))
    await ask(undefined, 'https://api.chat.localhost:8443')
    const [url, init] = fetched.mock.calls[0] ?? []
    expect(url).toBe('https://api.chat.localhost:8443/api/chat')
    expect(init?.credentials).toBe('include')
    // Else oauth2-proxy answers with a redirect, which a script cannot follow.
    expect(new Headers(init?.headers).get('Accept')?.split(', ')).toContain('application/json')
  })

  it('names no model when none is known, so that the service takes its own', async () => {
    const fetched = answering(new Response(bodyOf([WHOLE])))
    await ask()
    expect(JSON.parse(fetched.mock.calls[0]?.[1]?.body as string)).not.toHaveProperty('model')
  })

  it.each([
    [
      503,
      JSON.stringify({ code: 'model_missing', detail: 'gemma3:270m is not there' }),
      'The model is not loaded yet.',
      'gemma3:270m is not there',
    ],
    [422, JSON.stringify({ code: 'unknown_model', detail: 'no model x' }), 'no model x', undefined],
    [502, '<html>Bad Gateway</html>', 'The chat service cannot be reached.', undefined],
    [401, '', 'The chat service does not accept this sign-in.', undefined],
    [418, '', 'The chat service answered with status 418.', undefined],
  ])('gives the reason of status %i', async (status, body, reason, detail) => {
    answering(new Response(body, { status }))
    await expect(ask()).rejects.toMatchObject({
      problem: detail ? { reason, detail } : { reason },
    })
  })
})
