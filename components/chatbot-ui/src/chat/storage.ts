import { EMPTY, settled, type Conversation, type Turn } from './conversation'

// One key for each form of the stored value: a page that knows a newer form ignores the older one.
const KEY = 'chat.conversation.v1'

/** The tab's conversation as it was before a reload; an answer that was under way is `interrupted`. */
export function loadConversation(): Conversation {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
    return Array.isArray(stored) && stored.every(isTurn)
      ? { turns: stored.map(settled), cleared: [] }
      : EMPTY
  } catch {
    return EMPTY
  }
}

/** A full or forbidden storage costs the reader only the conversation after a reload. */
export function saveConversation(turns: readonly Turn[]): void {
  try {
    if (turns.length === 0) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, JSON.stringify(turns))
  } catch {
    // Nothing to do: the conversation goes on in memory.
  }
}

function isTurn(value: unknown): value is Turn {
  if (typeof value !== 'object' || value === null) return false
  const turn = value as Partial<Turn>
  if (typeof turn.id !== 'string' || typeof turn.text !== 'string') return false
  return turn.role === 'user' || (turn.role === 'assistant' && 'state' in turn)
}
