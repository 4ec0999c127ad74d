import { SquarePen } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { lastAnswer } from '@/chat/conversation'
import { useConversation } from '@/chat/useConversation'
import { useModel, useModels } from '@/chat/useModels'
import { Composer, type ComposerHandle } from '@/components/chat/Composer'
import { Mark } from '@/components/chat/Mark'
import { ModelPicker } from '@/components/chat/ModelPicker'
import { SpokenAnswer } from '@/components/chat/SpokenAnswer'
import { Transcript } from '@/components/chat/Transcript'
import { Welcome } from '@/components/chat/Welcome'
import { Button } from '@/components/ui/button'

export function App() {
  const models = useModels()
  const [model, pickModel] = useModel(models)
  const { turns, busy, canRestore, ask, retry, stop, clear, restore } = useConversation(model)
  const composer = useRef<ComposerHandle>(null)

  /** The same act, after which the reader can type at once. */
  const thenType =
    <Arguments extends unknown[]>(act: (...args: Arguments) => void) =>
    (...args: Arguments) => {
      act(...args)
      focusUnlessTouch(composer.current)
    }

  useEffect(() => {
    focusUnlessTouch(composer.current)
  }, [])

  return (
    <div className="flex h-dvh flex-col pr-[env(safe-area-inset-right)] pl-[env(safe-area-inset-left)]">
      <header className="flex h-14 shrink-0 items-center gap-2 px-4">
        <h1 className="flex items-center gap-2.5 font-semibold tracking-[-0.015em]">
          <Mark className="size-6" />
          Chat
        </h1>
        <span aria-hidden className="mx-1.5 h-4 w-px bg-border" />
        <div className="flex min-w-0 flex-1">
          <ModelPicker models={models} chosen={model} onChoose={pickModel} />
        </div>
        <Button
          variant="ghost"
          aria-label="New chat"
          className="-mr-2"
          disabled={turns.length === 0}
          onClick={thenType(clear)}
        >
          <SquarePen aria-hidden />
          <span className="max-sm:hidden">New chat</span>
        </Button>
      </header>
      <main className="flex min-h-0 flex-1 flex-col">
        <Transcript turns={turns} onRetry={thenType(retry)}>
          <Welcome canRestore={canRestore} onAsk={thenType(ask)} onRestore={thenType(restore)} />
        </Transcript>
        <div className="mx-auto w-full max-w-184 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-4">
          <Composer ref={composer} busy={busy} onAsk={ask} onStop={thenType(stop)} />
          <p className="mt-2.5 text-center text-xs text-muted-foreground">
            <span id="message-keys" className="pointer-coarse:sr-only">
              Enter sends, Shift+Enter begins a new line.
            </span>{' '}
            Models make mistakes; check what matters.
          </p>
        </div>
      </main>
      <SpokenAnswer answer={lastAnswer(turns)} />
    </div>
  )
}

// On a touch screen the focus would open the keyboard over the page.
function focusUnlessTouch(composer: ComposerHandle | null) {
  if (!window.matchMedia('(pointer: coarse)').matches) composer?.focus()
}
