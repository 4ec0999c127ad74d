import '@testing-library/jest-dom/vitest'
import { cleanup, configure } from '@testing-library/react'
import { afterEach, vi } from 'vitest'

configure({ asyncUtilTimeout: 30_000 })

// What jsdom lacks and the page uses; sizes are all 0 there, so nothing is ever observed.
class NoResizeObserver implements ResizeObserver {
  observe = vi.fn()
  unobserve = vi.fn()
  disconnect = vi.fn()
}
vi.stubGlobal('ResizeObserver', NoResizeObserver)
vi.stubGlobal('matchMedia', (media: string) => ({ media, matches: false }))
Element.prototype.scrollIntoView = vi.fn()
Element.prototype.hasPointerCapture = () => false

afterEach(() => {
  cleanup()
  sessionStorage.clear()
  localStorage.clear()
})
