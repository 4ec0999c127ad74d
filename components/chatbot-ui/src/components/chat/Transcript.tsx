import { ArrowDown } from 'lucide-react'
import { Fragment, useEffect, type ReactNode } from 'react'
import { contextStart, isUnderWay, type Turn } from '@/chat/conversation'
import { useStickToEnd } from '@/chat/useStickToEnd'
import { Button } from '@/components/ui/button'
import { AnswerTurn } from './AnswerTurn'
import { QuestionTurn } from './QuestionTurn'

interface TranscriptProps {
  turns: readonly Turn[]
  onRetry: () => void
  /** Shown in place of an empty conversation. */
  children: ReactNode
}

export function Transcript({ turns, onRetry, children }: TranscriptProps) {
  const { scroller, content, atEnd, toEnd } = useStickToEnd<HTMLDivElement, HTMLDivElement>(
    turns.length > 0,
  )
  const firstSeen = contextStart(turns)
  const lastTurn = turns.at(-1)
  const lastQuestion = turns.findLast((turn) => turn.role === 'user')?.id

  // A new question is at the end, wherever the reader was.
  useEffect(() => {
    if (lastQuestion !== undefined) toEnd()
  }, [lastQuestion, toEnd])

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="region"
        aria-label="Conversation"
        // Focusable, so that it can be scrolled by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="peer h-full [scrollbar-gutter:stable_both-edges] overflow-y-auto overscroll-contain focus-visible:-outline-offset-2"
      >
        <div
          ref={content}
          className="mx-auto flex min-h-full w-full max-w-184 flex-col px-4 sm:px-6"
        >
          {turns.length === 0 ? (
            children
          ) : (
            <ol className="flex flex-col gap-6 pt-6 pb-5">
              {turns.map((turn) => (
                <Fragment key={turn.id}>
                  {turn.id === firstSeen && <ContextLine />}
                  <li>
                    {turn.role === 'user' ? (
                      <QuestionTurn question={turn} />
                    ) : (
                      <AnswerTurn
                        answer={turn}
                        onRetry={turn === lastTurn && !isUnderWay(turn) ? onRetry : undefined}
                      />
                    )}
                  </li>
                </Fragment>
              ))}
            </ol>
          )}
        </div>
      </div>
      <div
        aria-hidden
        className="pointer-events-none absolute inset-x-0 top-0 mr-4 h-4 bg-linear-to-b from-background to-transparent peer-focus-visible:hidden"
      />
      <div
        aria-hidden
        className="pointer-events-none absolute inset-x-0 bottom-0 mr-4 h-5 bg-linear-to-t from-background to-transparent peer-focus-visible:hidden"
      />
      {!atEnd && turns.length > 0 && (
        <Button
          variant="outline"
          size="icon"
          aria-label="Jump to the end"
          title="Jump to the end"
          onClick={toEnd}
          className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-md"
        >
          <ArrowDown aria-hidden />
        </Button>
      )}
    </div>
  )
}

/** Stands above the oldest message that the model still saw for its last answer. */
function ContextLine() {
  return (
    <li className="flex items-center gap-4 text-xs text-muted-foreground before:h-px before:flex-1 before:bg-border after:h-px after:flex-1 after:bg-border">
      The model no longer sees what stands above
    </li>
  )
}
