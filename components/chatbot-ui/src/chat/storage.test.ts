import { expect, it, vi } from 'vitest'
import type { Turn } from './conversation'
import { loadConversation, saveConversation } from './storage'

const TURNS: Turn[] = [
  { id: 'q1', role: 'user', text: 'Hi' },
  {
    id: 'a1',
    role: 'assistant',
    text: 'Hel',
    reasoning: '',
    state: 'streaming',
    dropped: 0,
    cut: false,
  },
]

it('gives the conversation back, with an answer under way marked as interrupted', () => {
  saveConversation(TURNS)
  expect(loadConversation().turns).toEqual([TURNS[0], { ...TURNS[1], state: 'interrupted' }])
})

it('forgets a cleared conversation', () => {
  saveConversation(TURNS)
  saveConversation([])
  expect(loadConversation().turns).toEqual([])
})

it.each(['{', '{}', '[1]', '[{"id":"x","role":"robot","text":""}]'])(
  'begins anew where %s is stored',
  (stored) => {
    saveConversation(TURNS)
    sessionStorage.setItem(sessionStorage.key(0) ?? '', stored)
    expect(loadConversation().turns).toEqual([])
  },
)

it('lives without a storage', () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  expect(() => {
    saveConversation(TURNS)
  }).not.toThrow()
})
