import { describe, expect, it } from 'vitest'
import {
  beforeLastAnswer,
  contextStart,
  conversationReducer,
  EMPTY,
  historyOf,
  isUnderWay,
  lastAnswer,
  settled,
  type Action,
  type Conversation,
} from './conversation'

const asked = (question: string, n: number): Action => ({
  type: 'asked',
  question,
  questionId: `q${n}`,
  answerId: `a${n}`,
})
const received = (n: number, text: string): Action => ({
  type: 'received',
  answerId: `a${n}`,
  event: { type: 'token', text },
})
const finished = (n: number, finish = 'stop'): Action => ({
  type: 'received',
  answerId: `a${n}`,
  event: { type: 'done', finish },
})
const after = (...actions: Action[]): Conversation => actions.reduce(conversationReducer, EMPTY)

describe('an answer', () => {
  it('waits, grows and is complete', () => {
    expect(lastAnswer(after(asked('Hi', 1)).turns)?.state).toBe('waiting')
    const growing = after(asked('Hi', 1), received(1, 'Hel'), received(1, 'lo'))
    expect(lastAnswer(growing.turns)).toMatchObject({ state: 'streaming', text: 'Hello' })
    const complete = conversationReducer(growing, finished(1))
    expect(lastAnswer(complete.turns)).toMatchObject({ state: 'complete', cut: false })
  })

  it('says that it was cut at the length limit', () => {
    const { turns } = after(asked('Hi', 1), received(1, 'a'), finished(1, 'length'))
    expect(lastAnswer(turns)?.cut).toBe(true)
  })

  it('keeps what has arrived when it is stopped, and takes nothing more', () => {
    const { turns } = after(
      asked('Hi', 1),
      received(1, 'Hel'),
      { type: 'stopped' },
      received(1, 'lo'),
      finished(1),
      { type: 'failed', answerId: 'a1', problem: { reason: 'late' } },
    )
    expect(lastAnswer(turns)).toMatchObject({ state: 'stopped', text: 'Hel' })
  })

  it('keeps what has arrived when it fails', () => {
    const { turns } = after(asked('Hi', 1), received(1, 'Hel'), {
      type: 'failed',
      answerId: 'a1',
      problem: { reason: 'broke' },
    })
    expect(lastAnswer(turns)).toMatchObject({
      state: 'failed',
      text: 'Hel',
      problem: { reason: 'broke' },
    })
  })

  it('is replaced by a retry, and its late events go nowhere', () => {
    const { turns } = after(
      asked('Hi', 1),
      received(1, 'old'),
      { type: 'stopped' },
      { type: 'retried', answerId: 'a2' },
      received(1, 'late'),
      received(2, 'new'),
    )
    expect(turns.map((turn) => turn.text)).toEqual(['Hi', 'new'])
  })

  it('thinks without its thoughts becoming text', () => {
    const { turns } = after(asked('Hi', 1), {
      type: 'received',
      answerId: 'a1',
      event: { type: 'reasoning', text: 'hm' },
    })
    expect(lastAnswer(turns)).toMatchObject({ state: 'waiting', text: '', reasoning: 'hm' })
  })

  it('that nobody receives any more is interrupted', () => {
    const { turns } = after(asked('Hi', 1), received(1, 'Hel'))
    expect(turns.map(settled).at(-1)).toMatchObject({ state: 'interrupted', text: 'Hel' })
    expect(turns.map(settled).some(isUnderWay)).toBe(false)
  })
})

describe('clearing', () => {
  const two = after(asked('Hi', 1), received(1, 'Hello'), finished(1))

  it('can be taken back', () => {
    const cleared = conversationReducer(two, { type: 'cleared' })
    expect(cleared.turns).toEqual([])
    expect(conversationReducer(cleared, { type: 'restored' })).toEqual(two)
  })

  it('cannot be taken back after the next question', () => {
    const cleared = conversationReducer(two, { type: 'cleared' })
    expect(conversationReducer(cleared, asked('New', 2)).cleared).toEqual([])
  })

  it('of nothing forgets nothing', () => {
    const cleared = conversationReducer(two, { type: 'cleared' })
    expect(conversationReducer(cleared, { type: 'cleared' })).toBe(cleared)
  })

  it('drops the events of the answer that was under way', () => {
    const cleared = after(asked('Hi', 1), { type: 'cleared' }, received(1, 'late'))
    expect(cleared.turns).toEqual([])
  })
})

const failed = (n: number): Action => ({
  type: 'failed',
  answerId: `a${n}`,
  problem: { reason: 'x' },
})
const roles = (turns: Conversation['turns']) => historyOf(turns).map(({ role }) => role)

describe('what is sent', () => {
  it('leaves out a question without an answer, and keeps a stopped answer', () => {
    const { turns } = after(asked('One', 1), failed(1), asked('Two', 2), received(2, 'Half'), {
      type: 'stopped',
    })
    expect(historyOf(turns)).toEqual([
      { role: 'user', content: 'Two' },
      { role: 'assistant', content: 'Half' },
    ])
  })

  it('takes turns, whatever failed or was stopped before its first word', () => {
    const { turns } = after(
      asked('One', 1),
      received(1, 'one'),
      finished(1),
      asked('Two', 2),
      failed(2),
      asked('Three', 3),
      { type: 'stopped' },
      asked('Four', 4),
      received(4, ' \n'),
      finished(4),
    )
    expect(roles(turns)).toEqual(['user', 'assistant'])
  })

  it('asks the failed question itself again', () => {
    const { turns } = after(asked('One', 1), failed(1))
    expect(historyOf(beforeLastAnswer(turns))).toEqual([{ role: 'user', content: 'One' }])
  })
})

describe('the start of the context', () => {
  const withDropped = (dropped: number) =>
    after(
      asked('One', 1),
      { type: 'failed', answerId: 'a1', problem: { reason: 'x' } },
      asked('Two', 2),
      received(2, 'two'),
      finished(2),
      asked('Three', 3),
      {
        type: 'received',
        answerId: 'a3',
        event: { type: 'meta', model: 'm', dropped },
      },
    ).turns

  it('is the first message that was not left out, not counting what was never sent', () => {
    expect(contextStart(withDropped(1))).toBe('a2')
    expect(contextStart(withDropped(2))).toBe('q3')
  })

  it('is nowhere while all fits', () => {
    expect(contextStart(withDropped(0))).toBeUndefined()
  })
})
