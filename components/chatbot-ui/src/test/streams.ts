const encoder = new TextEncoder()

/** One event as chatbot-api writes it. */
export function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

export const meta = (dropped = 0) =>
  event('meta', {
    id: 'r1',
    model: 'gemma3:270m',
    context: { received: 3, sent: 3 - dropped, dropped },
  })
export const token = (content: string) => event('token', { content })
export const done = (finish_reason = 'stop') => event('done', { finish_reason, usage: null })

/** A response body that arrives in these pieces and then ends. */
export function bodyOf(pieces: (string | Uint8Array<ArrayBuffer>)[]) {
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const piece of pieces) {
        controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece)
      }
      controller.close()
    },
  })
}

/** A response whose body the test writes while the page reads it. */
export function openAnswer(signal?: AbortSignal | null) {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given
    },
  })
  signal?.addEventListener('abort', () => {
    controller.error(new DOMException('aborted', 'AbortError'))
  })
  return {
    response: new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }),
    write: (text: string) => {
      controller.enqueue(encoder.encode(text))
    },
    fail: () => {
      controller.error(new TypeError('network error'))
    },
  }
}
