import type { ChatEvent, ChatMessage } from '@/api/chat'
import type { Problem } from '@/api/problem'

/**
 * `waiting` and `streaming` are under way; the others are final. `stopped`: by the reader.
 * `interrupted`: the page was left or reloaded before the answer was complete.
 */
export type AnswerState =
  'waiting' | 'streaming' | 'complete' | 'stopped' | 'interrupted' | 'failed'

export interface Question {
  id: string
  role: 'user'
  text: string
}

export interface Answer {
  id: string
  role: 'assistant'
  text: string
  state: AnswerState
  /** What a reasoning model thought before it answered; no part of the conversation that is sent. */
  reasoning: string
  /** The model that answered, known from the first event on. */
  model?: string
  /** How many of the oldest messages the API left out to fit the context. */
  dropped: number
  /** The answer ended at the length limit and not by itself. */
  cut: boolean
  problem?: Problem
}

export type Turn = Question | Answer

export interface Conversation {
  turns: readonly Turn[]
  /** What the last reset cleared; it can be brought back until the next question. */
  cleared: readonly Turn[]
}

export type Action =
  | { type: 'asked'; question: string; questionId: string; answerId: string }
  | { type: 'retried'; answerId: string }
  | { type: 'received'; answerId: string; event: ChatEvent }
  | { type: 'failed'; answerId: string; problem: Problem }
  | { type: 'stopped' }
  | { type: 'cleared' }
  | { type: 'restored' }

export const EMPTY: Conversation = { turns: [], cleared: [] }

export function conversationReducer(state: Conversation, action: Action): Conversation {
  switch (action.type) {
    case 'asked':
      return {
        turns: [
          ...state.turns,
          { id: action.questionId, role: 'user', text: action.question },
          waitingAnswer(action.answerId),
        ],
        cleared: [],
      }
    case 'retried':
      return {
        ...state,
        turns: [...beforeLastAnswer(state.turns), waitingAnswer(action.answerId)],
      }
    case 'received':
      return underWay(state, action.answerId, (answer) => afterEvent(answer, action.event))
    case 'failed':
      return underWay(state, action.answerId, (answer) => ({
        ...answer,
        state: 'failed',
        problem: action.problem,
      }))
    case 'stopped':
      return underWay(state, lastAnswer(state.turns)?.id, (answer) => ({
        ...answer,
        state: 'stopped',
      }))
    case 'cleared':
      return state.turns.length > 0 ? { turns: [], cleared: state.turns.map(settled) } : state
    case 'restored':
      return { turns: state.cleared, cleared: [] }
  }
}

function afterEvent(answer: Answer, event: ChatEvent): Answer {
  switch (event.type) {
    case 'meta':
      return { ...answer, dropped: event.dropped, ...(event.model && { model: event.model }) }
    case 'reasoning':
      return { ...answer, reasoning: answer.reasoning + event.text }
    case 'token':
      return { ...answer, state: 'streaming', text: answer.text + event.text }
    case 'done':
      return { ...answer, state: 'complete', cut: event.finish === 'length' }
  }
}

/** Events of an answer that was stopped, cleared or retried meanwhile change nothing. */
function underWay(
  state: Conversation,
  id: string | undefined,
  change: (answer: Answer) => Answer,
): Conversation {
  const last = lastAnswer(state.turns)
  if (!last || last.id !== id || !isUnderWay(last)) return state
  return { ...state, turns: [...state.turns.slice(0, -1), change(last)] }
}

function waitingAnswer(id: string): Answer {
  return {
    id,
    role: 'assistant',
    text: '',
    reasoning: '',
    state: 'waiting',
    dropped: 0,
    cut: false,
  }
}

export function isUnderWay(turn: Turn | undefined): boolean {
  return turn?.role === 'assistant' && (turn.state === 'waiting' || turn.state === 'streaming')
}

/** The answer that ends the conversation, if one does. */
export function lastAnswer(turns: readonly Turn[]): Answer | undefined {
  const last = turns.at(-1)
  return last?.role === 'assistant' ? last : undefined
}

/** A turn as it is kept when nobody receives it any more. */
export function settled(turn: Turn): Turn {
  return turn.role === 'assistant' && isUnderWay(turn) ? { ...turn, state: 'interrupted' } : turn
}

/** The turns without the answer that ends them. */
export function beforeLastAnswer(turns: readonly Turn[]): readonly Turn[] {
  return lastAnswer(turns) ? turns.slice(0, -1) : turns
}

/**
 * The messages to send, oldest first, questions and answers in turn: some models' chat templates refuse two
 * questions in a row. The question that ends the turns is the one that is asked.
 */
export function historyOf(turns: readonly Turn[]): ChatMessage[] {
  return sentTurns(turns).map((turn) => ({ role: turn.role, content: turn.text }))
}

/**
 * The id of the first turn that the last answer's model saw, when the API left older ones out.
 * The page draws a line above it.
 */
export function contextStart(turns: readonly Turn[]): string | undefined {
  const answer = lastAnswer(turns)
  if (!answer?.dropped) return undefined
  return sentTurns(beforeLastAnswer(turns))[answer.dropped]?.id
}

/** The answer ended before its first word, so that no model sees it or its question again. */
export function isWithoutText(turn: Turn | undefined): boolean {
  return turn?.role === 'assistant' && !isUnderWay(turn) && turn.text.trim() === ''
}

function sentTurns(turns: readonly Turn[]): Turn[] {
  return turns.filter((turn, at) => !isWithoutText(turn) && !isWithoutText(turns[at + 1]))
}
