/** Why an answer did not come, in words for the reader of the page. */
export interface Problem {
  /** One sentence that stands alone. */
  reason: string
  /** What the service said more, if it did. */
  detail?: string
}

/** Thrown by the API client; everything else that is thrown there is a defect. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.reason)
    this.problem = problem
  }
}

export const UNREACHABLE: Problem = {
  reason: 'The chat service cannot be reached.',
  detail: 'Check the connection, then try again.',
}

export const BROKEN_OFF: Problem = {
  reason: 'The connection broke before the answer was complete.',
}

export const SIGNED_OUT: Problem = {
  reason: 'The chat service does not accept this sign-in.',
}

export const SESSION_ENDED: Problem = {
  reason: 'Your session has ended.',
  detail: 'Once you are signed in, Retry sends this question again.',
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ChatError) return error.problem
  // fetch and body readers reject with TypeError for every kind of network failure.
  if (error instanceof TypeError) return UNREACHABLE
  return { reason: 'Something went wrong in this page.', detail: String(error) }
}

/** What went wrong, by the service's own code words. Others are shown by what the service says of them. */
const BY_CODE: Record<string, string> = {
  answer_timeout: 'The answer took longer than it may.',
  body_too_large: 'The conversation is too large for the chat service.',
  busy: 'The chat service is busy.',
  context_too_long: 'The conversation is too long for the model.',
  identity_unavailable: 'The sign-in cannot be checked now.',
  draining: 'The chat service is restarting.',
  model_missing: 'The model is not loaded yet.',
  upstream_broke: 'The model broke off in mid-answer.',
  upstream_busy: 'The model is busy.',
  upstream_failed: 'The model failed.',
  upstream_timeout: 'The model took too long to answer.',
  upstream_unreachable: 'The model cannot be reached.',
}

/** Proxies between the page and the service have no code words. */
const BY_STATUS: Record<number, string> = {
  413: 'The conversation is too large for the chat service.',
  429: 'The chat service is busy.',
  502: 'The chat service cannot be reached.',
  503: 'The chat service is not ready.',
  504: 'The chat service took too long to answer.',
}

/** The problem in problem details (RFC 9457): their `detail` is a sentence, their `code` a stable word. */
export function problemIn(body: unknown, otherwise: string): Problem {
  const { code, detail } = (body ?? {}) as { code?: unknown; detail?: unknown }
  const said = typeof detail === 'string' && detail ? detail : undefined
  const known = typeof code === 'string' ? BY_CODE[code] : undefined
  if (known === undefined) return { reason: said ?? otherwise }
  return said === undefined ? { reason: known } : { reason: known, detail: said }
}

/** The problem of an HTTP answer that is not 2xx. Proxies answer with HTML, so the body may be anything. */
export async function problemOfResponse(response: Response): Promise<Problem> {
  const { status } = response
  if (status === 401) return SIGNED_OUT
  const otherwise = BY_STATUS[status] ?? `The chat service answered with status ${status}.`
  return problemIn(await response.json().catch(() => null), otherwise)
}
