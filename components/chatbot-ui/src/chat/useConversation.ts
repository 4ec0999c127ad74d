import { useCallback, useEffect, useReducer, useRef } from 'react'
import { streamAnswer, type ChatMessage } from '@/api/chat'
import { problemOf, type Problem } from '@/api/problem'
import {
  beforeLastAnswer,
  conversationReducer,
  historyOf,
  isUnderWay,
  type Conversation,
  type Turn,
} from './conversation'
import type { TabStore } from './storage'
import { useLeaving } from './useLeaving'

export interface ConversationControls {
  turns: readonly Turn[]
  /** An answer is under way. */
  busy: boolean
  /** The last reset can be taken back. */
  canRestore: boolean
  ask: (question: string) => void
  /** Asks for the last answer anew. */
  retry: () => void
  /** Ends the answer under way; what has arrived stays. */
  stop: () => void
  clear: () => void
  restore: () => void
}

export interface Service {
  /** Of the API; empty for the page's own. */
  origin: string
  /** What a failed request means; `shown` is called when the page shows it. */
  explain?: (problem: Problem) => Promise<{ problem: Problem; shown?: () => void }>
}

/** The conversation of this tab and the one request that may be under way for it. */
export function useConversation(
  model: string | undefined,
  store: TabStore,
  { origin, explain }: Service,
): ConversationControls {
  const [state, dispatch] = useReducer(conversationReducer, undefined, store.loadConversation)
  const request = useRef<AbortController>(null)
  const { turns } = state
  const busy = isUnderWay(turns.at(-1))

  const receive = useCallback(
    async (history: ChatMessage[], answerId: string) => {
      request.current?.abort()
      const controller = new AbortController()
      request.current = controller
      try {
        for await (const event of streamAnswer(history, model, controller.signal, origin)) {
          dispatch({ type: 'received', answerId, event })
        }
      } catch (error) {
        if (controller.signal.aborted) return
        const failed = problemOf(error)
        const { problem, shown } = (await explain?.(failed)) ?? { problem: failed }
        dispatch({ type: 'failed', answerId, problem })
        shown?.()
      }
    },
    [model, origin, explain],
  )

  const ask = (question: string) => {
    const answerId = newId()
    dispatch({ type: 'asked', question, questionId: newId(), answerId })
    void receive([...historyOf(turns), { role: 'user', content: question }], answerId)
  }

  const retry = () => {
    const answerId = newId()
    dispatch({ type: 'retried', answerId })
    void receive(historyOf(beforeLastAnswer(turns)), answerId)
  }

  const stop = useCallback(() => {
    request.current?.abort()
    dispatch({ type: 'stopped' })
  }, [])

  const clear = () => {
    request.current?.abort()
    dispatch({ type: 'cleared' })
  }

  const restore = () => {
    dispatch({ type: 'restored' })
  }

  useEffect(() => () => request.current?.abort(), [])
  usePersistence(state, busy, store)

  return { turns, busy, canRestore: state.cleared.length > 0, ask, retry, stop, clear, restore }
}

/** Stores the conversation when an answer begins or ends, and what has arrived of it when the page goes. */
function usePersistence(conversation: Conversation, busy: boolean, store: TabStore) {
  const latest = useRef(conversation)
  useEffect(() => {
    latest.current = conversation
    if (!busy) store.saveConversation(conversation)
  }, [conversation, busy, store])

  useLeaving(
    useCallback(() => {
      store.saveConversation(latest.current)
    }, [store]),
  )
}

// crypto.randomUUID needs HTTPS or localhost, and a cluster in a private network may offer neither.
let ids = 0
function newId(): string {
  ids += 1
  return `${Date.now().toString(36)}-${ids.toString(36)}`
}
