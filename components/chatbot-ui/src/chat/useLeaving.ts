import { useEffect } from 'react'

/** Calls when the page may go: when it is left, and when it is hidden, as a phone may end a hidden page. */
export function useLeaving(save: () => void) {
  useEffect(() => {
    const saveWhenHidden = () => {
      if (document.visibilityState === 'hidden') save()
    }
    window.addEventListener('pagehide', save)
    document.addEventListener('visibilitychange', saveWhenHidden)
    return () => {
      window.removeEventListener('pagehide', save)
      document.removeEventListener('visibilitychange', saveWhenHidden)
    }
  }, [save])
}
