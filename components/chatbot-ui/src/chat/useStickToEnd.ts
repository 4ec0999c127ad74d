import { useCallback, useEffect, useRef, useState } from 'react'

// Rounding and the last line's descent keep a reader who is at the end some pixels away from it.
const NEAR_PX = 32

/**
 * Keeps a scrolling element at its end while its content grows, unless the reader has scrolled up.
 * Scrolling back down to the end takes it up again.
 *
 * @param sticks false for content that is read from its beginning.
 */
export function useStickToEnd<Scroller extends HTMLElement, Content extends HTMLElement>(
  sticks: boolean,
) {
  const scroller = useRef<Scroller>(null)
  const content = useRef<Content>(null)
  const following = useRef(true)
  const [atEnd, setAtEnd] = useState(true)

  const toEnd = useCallback(() => {
    following.current = true
    setAtEnd(true)
    const element = scroller.current
    if (element) element.scrollTop = element.scrollHeight
  }, [])

  useEffect(() => {
    const element = scroller.current
    const inner = content.current
    if (!element || !inner) return
    if (!sticks) {
      element.scrollTop = 0
      return
    }
    let last = element.scrollTop

    const onScroll = () => {
      const near = element.scrollHeight - element.clientHeight - element.scrollTop < NEAR_PX
      // Only a move up lets go: content that grows fires the same event without one.
      if (near) following.current = true
      else if (element.scrollTop < last) following.current = false
      last = element.scrollTop
      setAtEnd(near || following.current)
    }
    const sizes = new ResizeObserver(() => {
      if (following.current) element.scrollTop = element.scrollHeight
    })

    element.addEventListener('scroll', onScroll, { passive: true })
    sizes.observe(inner)
    sizes.observe(element)
    return () => {
      element.removeEventListener('scroll', onScroll)
      sizes.disconnect()
    }
  }, [sticks])

  return { scroller, content, atEnd, toEnd }
}
