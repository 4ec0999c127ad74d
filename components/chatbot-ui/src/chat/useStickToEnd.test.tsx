import { act, render, screen } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import { useStickToEnd } from './useStickToEnd'

function Probe({ sticks }: { sticks: boolean }) {
  const { scroller, content } = useStickToEnd<HTMLDivElement, HTMLDivElement>(sticks)
  return (
    <div ref={scroller} data-testid="scroller">
      <div ref={content} />
    </div>
  )
}

/** The page, and what its browser does when the content's size changes. */
function open(sticks: boolean) {
  let resized: () => void = vi.fn()
  class Observer {
    observe = vi.fn()
    disconnect = vi.fn()
    constructor(callback: () => void) {
      resized = callback
    }
  }
  vi.stubGlobal('ResizeObserver', Observer)
  const page = render(<Probe sticks={sticks} />)
  const scroller = screen.getByTestId('scroller')
  Object.defineProperty(scroller, 'scrollHeight', { value: 900 })
  const grow = () => {
    act(() => {
      resized()
    })
  }
  return { page, scroller, grow }
}

it('follows what grows', () => {
  const { scroller, grow } = open(true)
  grow()
  expect(scroller.scrollTop).toBe(900)
})

it('shows the beginning of what it is not to follow, also after it has followed', () => {
  const { page, scroller, grow } = open(false)
  grow()
  expect(scroller.scrollTop).toBe(0)
  page.rerender(<Probe sticks />)
  grow()
  expect(scroller.scrollTop).toBe(900)
  page.rerender(<Probe sticks={false} />)
  expect(scroller.scrollTop).toBe(0)
})
