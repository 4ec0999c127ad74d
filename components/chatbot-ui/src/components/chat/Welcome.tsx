import { Undo2 } from 'lucide-react'
import { Button } from '@/components/ui/button'

const EXAMPLES = [
  { title: 'Explain it simply', prompt: 'Explain in simple words why the sky is blue.' },
  { title: 'Write some code', prompt: 'Write a Python function that reverses a string.' },
  {
    title: 'Draft a message',
    prompt: 'Draft a polite e-mail to move a meeting.',
  },
  { title: 'Think of ideas', prompt: 'Give me five ideas for a rainy afternoon.' },
]

interface WelcomeProps {
  canRestore: boolean
  onAsk: (question: string) => void
  onRestore: () => void
}

/** The page before the first question. */
export function Welcome({ canRestore, onAsk, onRestore }: WelcomeProps) {
  return (
    <section className="m-auto flex w-full flex-col py-6">
      <h2 className="text-2xl font-semibold tracking-[-0.022em] text-balance sm:text-[2rem]/tight">
        What would you like to know?
      </h2>
      <p className="mt-2 text-pretty text-muted-foreground">
        Ask a question, or begin with one of these.
      </p>
      <ul className="mt-6 grid gap-2.5 sm:mt-8 sm:grid-cols-2">
        {EXAMPLES.map(({ title, prompt }) => (
          <li key={title}>
            <button
              type="button"
              onClick={() => {
                onAsk(prompt)
              }}
              className="h-full w-full cursor-pointer rounded-2xl border border-border bg-card px-4 py-3.5 text-left transition-colors hover:border-ring/50 hover:bg-accent/40"
            >
              <span className="block text-sm font-medium">{title}</span>
              <span className="mt-0.5 block text-sm text-pretty text-muted-foreground">
                {prompt}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {/* Takes its place even when empty, so that nothing moves when it comes or goes. */}
      <div className="mt-4 flex h-9">
        {canRestore && (
          <Button variant="ghost" className="-ml-3" onClick={onRestore}>
            <Undo2 aria-hidden />
            Bring back the last conversation
          </Button>
        )}
      </div>
    </section>
  )
}
