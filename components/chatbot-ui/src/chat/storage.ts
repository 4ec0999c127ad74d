import { EMPTY, settled, type Conversation, type Turn } from './conversation'

// One key for each form of a stored value: a page that knows a newer form ignores the older one.
const CONVERSATION = 'chat.conversation.v2'
const MODEL = 'chat.model.v1'

/** The tab's conversation as it was before a reload; an answer that was under way is `interrupted`. */
export function loadConversation(): Conversation {
  try {
    const { turns, cleared } = JSON.parse(read(CONVERSATION) ?? '{}') as Partial<Conversation>
    return areTurns(turns) && areTurns(cleared)
      ? { turns: turns.map(settled), cleared: cleared.map(settled) }
      : EMPTY
  } catch {
    return EMPTY
  }
}

export function saveConversation({ turns, cleared }: Conversation): void {
  const empty = turns.length === 0 && cleared.length === 0
  write(CONVERSATION, empty ? undefined : JSON.stringify({ turns, cleared }))
}

/** The model that the reader picked in this tab, if one was picked. */
export function loadModel(): string | undefined {
  return read(MODEL)
}

export function saveModel(name: string): void {
  write(MODEL, name)
}

function read(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

/** A full or forbidden storage costs the reader only what a reload would have kept. */
function write(key: string, value: string | undefined): void {
  try {
    if (value === undefined) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, value)
  } catch {
    // Nothing to do: the page goes on in memory.
  }
}

function areTurns(value: unknown): value is Turn[] {
  return Array.isArray(value) && value.every(isTurn)
}

function isTurn(value: unknown): value is Turn {
  if (typeof value !== 'object' || value === null) return false
  const turn = value as Partial<Turn>
  if (typeof turn.id !== 'string' || typeof turn.text !== 'string') return false
  return turn.role === 'user' || (turn.role === 'assistant' && 'state' in turn)
}
