import { ChevronRight, RotateCcw, TriangleAlert } from 'lucide-react'
import { isUnderWay, isWithoutText, type Answer } from '@/chat/conversation'
import type { Problem } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { CopyButton } from './CopyButton'
import { Markdown } from './Markdown'

interface AnswerTurnProps {
  answer: Answer
  /** Present on the answer that can be asked for anew, the last. */
  onRetry?: (() => void) | undefined
}

const UNSEEN = 'The model does not see this question any more.'

export function AnswerTurn({ answer, onRetry }: AnswerTurnProps) {
  const underWay = isUnderWay(answer)
  // The last one can still be asked for anew, with its question.
  const unseen = !onRetry && isWithoutText(answer)
  return (
    <article data-state={answer.state} aria-busy={underWay} className="group">
      <h2 className="sr-only">{answer.model ?? 'Answer'}</h2>
      {answer.reasoning && <Thoughts answer={answer} />}
      {answer.state === 'waiting' ? (
        <p className="flex h-7 items-center">
          <span aria-hidden className="size-2.5 animate-breathe rounded-full bg-primary" />
          <span className="sr-only">Waiting for the answer</span>
        </p>
      ) : (
        <Markdown text={answer.text} writing={answer.state === 'streaming'} />
      )}
      {answer.state === 'failed' && answer.problem ? (
        <ProblemCard problem={answer.problem} note={unseen && UNSEEN} onRetry={onRetry} />
      ) : (
        // As tall while the answer is under way, so that nothing moves when the buttons come.
        <div className="mt-2 -ml-2 flex min-h-8 items-center gap-x-1 text-xs text-muted-foreground pointer-coarse:min-h-10">
          {!underWay && (
            <>
              {answer.text && <CopyButton text={answer.text} label="Copy answer" />}
              {onRetry && (
                <Button
                  variant="ghost"
                  size="small"
                  aria-label="Answer again"
                  title="Answer again"
                  onClick={onRetry}
                >
                  <RotateCcw aria-hidden />
                </Button>
              )}
              <AnswerNotes answer={answer} unseen={unseen} />
            </>
          )}
        </div>
      )}
    </article>
  )
}

function Thoughts({ answer }: { answer: Answer }) {
  return (
    <details className="mb-3 text-sm text-muted-foreground">
      <summary className="flex w-fit cursor-pointer list-none items-center gap-1.5 [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-3.5 transition-transform [[open]_&]:rotate-90" />
        {answer.state === 'waiting' ? 'Thinking…' : 'Thoughts'}
      </summary>
      <p className="mt-2 border-l-2 border-border pl-4 leading-relaxed wrap-anywhere whitespace-pre-wrap">
        {answer.reasoning.trim()}
      </p>
    </details>
  )
}

function AnswerNotes({ answer, unseen }: { answer: Answer; unseen: boolean }) {
  const notes = [
    answer.model,
    answer.state === 'stopped' && 'Stopped',
    answer.state === 'interrupted' && 'Interrupted',
    answer.cut && 'Ended at the length limit',
    answer.dropped > 0 &&
      `${answer.dropped} earlier ${answer.dropped === 1 ? 'message was' : 'messages were'} left out`,
    unseen && UNSEEN,
  ].filter(Boolean)
  return <span className="min-w-0 px-1 wrap-anywhere">{notes.join(' · ')}</span>
}

function ProblemCard({
  problem,
  note,
  onRetry,
}: {
  problem: Problem
  note: string | false
  onRetry: AnswerTurnProps['onRetry']
}) {
  return (
    <div
      role="alert"
      className="mt-3 flex items-start gap-3 rounded-2xl bg-destructive-surface px-4 py-3 text-sm"
    >
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-destructive" />
      <div className="min-w-0 flex-1">
        <p className="font-medium wrap-anywhere">{problem.reason}</p>
        {problem.detail && (
          <p className="mt-0.5 wrap-anywhere text-muted-foreground">{problem.detail}</p>
        )}
        {note && <p className="mt-0.5 text-muted-foreground">{note}</p>}
      </div>
      {onRetry && (
        <Button variant="outline" className="-my-0.5" onClick={onRetry}>
          Retry
        </Button>
      )}
    </div>
  )
}
