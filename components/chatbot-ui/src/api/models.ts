import { ChatError, problemOfResponse } from './problem'

export interface Models {
  /** At least one, in the order of the platform's list. */
  names: string[]
  default: string
}

/**
 * The models that the service offers.
 *
 * @param origin of the API; empty for the page's own.
 * @throws ChatError when the service refuses or its answer names no model.
 */
export async function fetchModels(signal: AbortSignal, origin: string): Promise<Models> {
  const response = await fetch(`${origin}/api/models`, {
    credentials: 'include',
    headers: { Accept: 'application/json' },
    signal,
  })
  if (!response.ok) throw new ChatError(await problemOfResponse(response))
  const body = (await response.json()) as { models?: unknown; default?: unknown } | null
  const names = Array.isArray(body?.models)
    ? body.models.filter((name) => typeof name === 'string')
    : []
  const first = names[0]
  if (first === undefined) throw new ChatError({ reason: 'The chat service offers no model.' })
  const wanted = body?.default
  return { names, default: typeof wanted === 'string' && names.includes(wanted) ? wanted : first }
}
