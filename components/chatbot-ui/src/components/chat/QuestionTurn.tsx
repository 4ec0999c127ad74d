import type { Question } from '@/chat/conversation'

export function QuestionTurn({ question }: { question: Question }) {
  return (
    <div className="ml-auto w-fit max-w-[85%] rounded-3xl rounded-br-lg bg-secondary px-4.5 py-2.5 leading-relaxed wrap-anywhere whitespace-pre-wrap">
      <h2 className="sr-only">You</h2>
      {question.text}
    </div>
  )
}
