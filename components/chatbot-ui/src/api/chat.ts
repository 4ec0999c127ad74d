import { EventSourceParserStream } from 'eventsource-parser/stream'
import { BROKEN_OFF, ChatError, problemIn, problemOfResponse, UNREACHABLE } from './problem'

export interface ChatMessage {
  role: 'user' | 'assistant'
  content: string
}

export type ChatEvent =
  /** First: who answers, and how many of the oldest messages did not fit the context. */
  | { type: 'meta'; model?: string; dropped: number }
  /** A piece of what a reasoning model thinks before it answers. */
  | { type: 'reasoning'; text: string }
  | { type: 'token'; text: string }
  /** Last: `finish` is `length` when the answer was cut at the limit of tokens. */
  | { type: 'done'; finish?: string }

/**
 * Asks for one answer and yields its events as they arrive; `done` is always the last.
 *
 * @param origin of the API; empty for the page's own.
 * @throws ChatError when the service refuses, fails in mid-stream, or breaks off before `done`.
 * @throws DOMException (AbortError) after `signal` was aborted.
 */
export async function* streamAnswer(
  messages: readonly ChatMessage[],
  model: string | undefined,
  signal: AbortSignal,
  origin: string,
): AsyncGenerator<ChatEvent, void, undefined> {
  const response = await fetch(`${origin}/api/chat`, {
    method: 'POST',
    credentials: 'include',
    // oauth2-proxy sends who does not take JSON to the sign-in page instead of answering with 401.
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream, application/json' },
    body: JSON.stringify({ messages, stream: true, ...(model !== undefined && { model }) }),
    signal,
  })
  if (!response.ok) throw new ChatError(await problemOfResponse(response))
  if (!response.body) throw new ChatError(UNREACHABLE)
  yield* readEvents(response.body, signal)
}

/** The events of an open answer stream. Names that are not known are passed over. */
export async function* readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal?: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  // Not `for await` over the stream: Safari cannot iterate one.
  const reader = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        signal?.throwIfAborted()
        throw error instanceof TypeError ? new ChatError(BROKEN_OFF) : error
      })
      if (done) throw new ChatError(BROKEN_OFF)
      const event = chatEvent(value.event, value.data)
      if (event) yield event
      if (event?.type === 'done') return
    }
  } finally {
    // Also when the reader of the events stops early; the connection is of no more use.
    await reader.cancel().catch(() => undefined)
  }
}

function chatEvent(name: string | undefined, data: string): ChatEvent | undefined {
  const fields = parseObject(data)
  switch (name) {
    case 'meta':
      return {
        type: 'meta',
        dropped: droppedIn(fields.context),
        ...(typeof fields.model === 'string' && { model: fields.model }),
      }
    case 'reasoning':
    case 'token':
      return { type: name, text: typeof fields.content === 'string' ? fields.content : '' }
    case 'done':
      return {
        type: 'done',
        ...(typeof fields.finish_reason === 'string' && { finish: fields.finish_reason }),
      }
    case 'error':
      throw new ChatError(problemIn(fields, 'The model failed in mid-answer.'))
    default:
      return undefined
  }
}

function parseObject(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    throw new ChatError({ reason: 'The chat service sent something this page cannot read.' })
  }
}

function droppedIn(context: unknown): number {
  const dropped = (context as { dropped?: unknown } | undefined)?.dropped
  return typeof dropped === 'number' && dropped > 0 ? dropped : 0
}
