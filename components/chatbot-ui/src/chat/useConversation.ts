import { useCallback, useEffect, useReducer, useRef } from 'react'
import { streamAnswer, type ChatMessage } from '@/api/chat'
import { problemOf } from '@/api/problem'
import {
  beforeLastAnswer,
  conversationReducer,
  historyOf,
  isUnderWay,
  type Conversation,
  type Turn,
} from './conversation'
import { loadConversation, saveConversation } from './storage'

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

/** The conversation of this tab and the one request that may be under way for it. */
export function useConversation(model: string | undefined): ConversationControls {
  const [state, dispatch] = useReducer(conversationReducer, undefined, loadConversation)
  const request = useRef<AbortController>(null)
  const { turns } = state
  const busy = isUnderWay(turns.at(-1))

  const receive = useCallback(
    async (history: ChatMessage[], answerId: string) => {
      request.current?.abort()
      const controller = new AbortController()
      request.current = controller
      try {
        for await (const event of streamAnswer(history, model, controller.signal)) {
          dispatch({ type: 'received', answerId, event })
        }
      } catch (error) {
        if (!controller.signal.aborted) {
          dispatch({ type: 'failed', answerId, problem: problemOf(error) })
        }
      }
    },
    [model],
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
  usePersistence(state, busy)

  return { turns, busy, canRestore: state.cleared.length > 0, ask, retry, stop, clear, restore }
}

/** Stores the conversation when an answer begins or ends, and what has arrived of it when the page goes. */
function usePersistence(conversation: Conversation, busy: boolean) {
  const latest = useRef(conversation)
  useEffect(() => {
    latest.current = conversation
    if (!busy) saveConversation(conversation)
  }, [conversation, busy])

  useEffect(() => {
    const save = () => {
      saveConversation(latest.current)
    }
    const saveWhenHidden = () => {
      if (document.visibilityState === 'hidden') save()
    }
    window.addEventListener('pagehide', save)
    document.addEventListener('visibilitychange', saveWhenHidden)
    return () => {
      window.removeEventListener('pagehide', save)
      document.removeEventListener('visibilitychange', saveWhenHidden)
    }
  }, [])
}

// crypto.randomUUID needs HTTPS or localhost, and a cluster in a private network may offer neither.
let ids = 0
function newId(): string {
  ids += 1
  return `${Date.now().toString(36)}-${ids.toString(36)}`
}
