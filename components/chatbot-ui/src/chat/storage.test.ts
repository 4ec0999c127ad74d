import { expect, it, vi } from 'vitest'
import type { Turn } from './conversation'
import { forgetTab, tabStore } from './storage'

const store = tabStore()
const { loadConversation, loadModel, saveConversation, saveModel, loadDraft, saveDraft } = store

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

const INTERRUPTED: Turn[] = TURNS.map((turn) =>
  turn.role === 'assistant' ? { ...turn, state: 'interrupted' } : turn,
)

it('gives the conversation back, with an answer under way marked as interrupted', () => {
  saveConversation({ turns: TURNS, cleared: [] })
  expect(loadConversation()).toEqual({ turns: INTERRUPTED, cleared: [] })
})

it('gives back what a new chat cleared as such', () => {
  saveConversation({ turns: [], cleared: TURNS })
  expect(loadConversation()).toEqual({ turns: [], cleared: INTERRUPTED })
})

it('keeps nothing of an empty conversation', () => {
  saveConversation({ turns: TURNS, cleared: [] })
  saveConversation({ turns: [], cleared: [] })
  expect(sessionStorage).toHaveLength(0)
})

it.each([
  '{',
  '[]',
  'null',
  '{"turns": [1], "cleared": []}',
  '{"turns": []}',
  '{"turns": [], "cleared": [{"id":"x","role":"robot","text":""}]}',
])('begins anew where %s is stored', (stored) => {
  saveConversation({ turns: TURNS, cleared: TURNS })
  sessionStorage.setItem(sessionStorage.key(0) ?? '', stored)
  expect(loadConversation()).toEqual({ turns: [], cleared: [] })
})

it('gives the picked model back, and none where none was picked', () => {
  expect(loadModel()).toBeUndefined()
  saveModel('qwen3:0.6b')
  expect(loadModel()).toBe('qwen3:0.6b')
})

it('keeps the draft, and nothing of an empty one', () => {
  saveDraft('Half a')
  expect(loadDraft()).toBe('Half a')
  saveDraft('')
  expect(loadDraft()).toBe('')
  expect(sessionStorage).toHaveLength(0)
})

it('gives nobody what is kept for another, and drops it on demand', () => {
  const [ada, grace] = [tabStore('ada'), tabStore('grace')]
  for (const each of [store, ada, grace]) {
    each.saveConversation({ turns: TURNS, cleared: [] })
    each.saveModel('m')
    each.saveDraft('d')
  }
  sessionStorage.setItem('another', 'kept')
  forgetTab('grace')
  for (const each of [store, ada]) {
    expect(each.loadConversation().turns).toEqual([])
    expect([each.loadModel(), each.loadDraft()]).toEqual([undefined, ''])
  }
  expect(grace.loadConversation().turns).toHaveLength(2)
  expect(grace.loadDraft()).toBe('d')
  forgetTab()
  expect(Object.keys(sessionStorage)).toEqual(['another'])
})

it('lives without a storage', () => {
  for (const method of ['getItem', 'setItem', 'removeItem'] as const) {
    vi.spyOn(Storage.prototype, method).mockImplementation(() => {
      throw new DOMException('no', 'SecurityError')
    })
  }
  expect(() => {
    saveConversation({ turns: TURNS, cleared: [] })
    saveModel('qwen3:0.6b')
    saveDraft('d')
    forgetTab()
  }).not.toThrow()
  expect(loadConversation()).toEqual({ turns: [], cleared: [] })
  expect(loadModel()).toBeUndefined()
})
