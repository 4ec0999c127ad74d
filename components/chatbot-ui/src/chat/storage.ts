import { EMPTY, settled, type Conversation, type Turn } from './conversation'

// One key for each form of a stored value: a page that knows a newer form ignores the older one.
const CONVERSATION = 'chat.conversation.v2'
const MODEL = 'chat.model.v1'
const DRAFT = 'chat.draft.v1'
const ALL = [CONVERSATION, MODEL, DRAFT]

/** What this tab keeps over a reload and a new sign-in. */
export interface TabStore {
  /** The conversation as it was before; an answer that was under way is `interrupted`. */
  loadConversation: () => Conversation
  saveConversation: (conversation: Conversation) => void
  /** The model that the reader picked in this tab, if one was picked. */
  loadModel: () => string | undefined
  saveModel: (name: string) => void
  /** The question that was not sent yet. */
  loadDraft: () => string
  saveDraft: (text: string) => void
}

/** @param owner the `sub` of who is signed in: nobody else finds what is kept. None without a login. */
export function tabStore(owner?: string): TabStore {
  const key = (name: string) => (owner === undefined ? name : `${name}:${owner}`)
  return {
    loadConversation: () => conversationIn(read(sessionStorageOf, key(CONVERSATION))),
    saveConversation: ({ turns, cleared }) => {
      const empty = turns.length === 0 && cleared.length === 0
      const value = empty ? undefined : JSON.stringify({ turns, cleared })
      write(sessionStorageOf, key(CONVERSATION), value)
    },
    loadModel: () => read(sessionStorageOf, key(MODEL)),
    saveModel: (name) => {
      write(sessionStorageOf, key(MODEL), name)
    },
    loadDraft: () => read(sessionStorageOf, key(DRAFT)) ?? '',
    saveDraft: (text) => {
      write(sessionStorageOf, key(DRAFT), text === '' ? undefined : text)
    },
  }
}

/** Drops what this tab keeps, but not what it keeps for `owner`. */
export function forgetTab(owner?: string): void {
  try {
    for (const key of Object.keys(sessionStorage)) {
      const [name, of] = split(key)
      if (ALL.includes(name) && (owner === undefined || of !== owner))
        sessionStorage.removeItem(key)
    }
  } catch {
    // Nothing is kept where there is no storage.
  }
}

type Storage = () => { getItem: typeof localStorage.getItem } & Pick<
  typeof localStorage,
  'setItem' | 'removeItem'
>

// Functions: where storage is forbidden, the name alone throws.
export const sessionStorageOf: Storage = () => sessionStorage
export const localStorageOf: Storage = () => localStorage

export function read(storage: Storage, key: string): string | undefined {
  try {
    return storage().getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

/** A full or forbidden storage costs the reader only what a reload would have kept. */
export function write(storage: Storage, key: string, value: string | undefined): void {
  try {
    if (value === undefined) storage().removeItem(key)
    else storage().setItem(key, value)
  } catch {
    // Nothing to do: the page goes on in memory.
  }
}

function split(key: string): [name: string, owner: string | undefined] {
  const at = key.indexOf(':')
  return at < 0 ? [key, undefined] : [key.slice(0, at), key.slice(at + 1)]
}

function conversationIn(stored: string | undefined): Conversation {
  try {
    const { turns, cleared } = JSON.parse(stored ?? '{}') as Partial<Conversation>
    return areTurns(turns) && areTurns(cleared)
      ? { turns: turns.map(settled), cleared: cleared.map(settled) }
      : EMPTY
  } catch {
    return EMPTY
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
