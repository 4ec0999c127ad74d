import { ChatError, problemOfResponse } from './problem'

export interface Models {
  /** At least one, in the order of the platform's list. */
  names: string[]
  default: string
}

/**
 * The models that the service offers.
 *
 * @throws ChatError when the service refuses or its answer names no model.
 */
export async function fetchModels(signal: AbortSignal): Promise<Models> {
  const response = await fetch('/api/models', { headers: { Accept: 'application/json' }, signal })
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
