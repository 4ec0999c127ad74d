import { useEffect, useMemo, useState } from 'react'
import { isUnderWay, type Answer } from '@/chat/conversation'
import { sentencesOf } from '@/chat/speech'

/** Long enough for every screen reader to have taken the last sentence into its queue. */
const KEPT_MS = 3_000

/**
 * What a screen reader says while an answer comes in: whole sentences, each once, when the reader is idle.
 * The visible text is no live region, because a reader would then begin anew with every token.
 */
export function SpokenAnswer({ answer }: { answer: Answer | undefined }) {
  const speaking = useSpeaking(answer)
  const spoken = useMemo(() => (speaking ? linesOf(speaking) : []), [speaking])
  return (
    <div role="log" aria-label="Answer, as it is written" className="sr-only">
      {spoken.map((line, index) => (
        <p key={`${speaking?.id ?? ''}-${index}`}>{line}</p>
      ))}
    </div>
  )
}

function linesOf(answer: Answer): string[] {
  const sentences = sentencesOf(answer.text, !isUnderWay(answer))
  return answer.state === 'stopped' ? [...sentences, 'Stopped.'] : sentences
}

/** The answer from its beginning until shortly after its end; none that was there when the page came up. */
function useSpeaking(answer: Answer | undefined): Answer | undefined {
  const [heard, setHeard] = useState(() => (isUnderWay(answer) ? undefined : answer?.id))
  const over = answer !== undefined && !isUnderWay(answer)

  useEffect(() => {
    if (!over) return
    const timer = setTimeout(() => {
      setHeard(answer.id)
    }, KEPT_MS)
    return () => {
      clearTimeout(timer)
    }
  }, [over, answer?.id])

  return answer?.id === heard ? undefined : answer
}
