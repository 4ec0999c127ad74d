import { SquarePen } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { lastAnswer } from '@/chat/conversation'
import type { TabStore } from '@/chat/storage'
import { useConversation, type Service } from '@/chat/useConversation'
import { useModel, useModels } from '@/chat/useModels'
import { Button } from '@/components/ui/button'
import { Composer, type ComposerHandle } from './Composer'
import { ModelPicker } from './ModelPicker'
import { PageHeader } from './PageHeader'
import { SpokenAnswer } from './SpokenAnswer'
import { Transcript } from './Transcript'
import { Welcome } from './Welcome'

interface ChatPageProps extends Service {
  store: TabStore
  /** Who is signed in, where people sign in. */
  account?: ReactNode
  /** The reader comes back to the tab, and no answer is under way. */
  onReturn?: () => void
}

export function ChatPage({ origin, store, account, explain, onReturn }: ChatPageProps) {
  const models = useModels(origin)
  const [model, pickModel] = useModel(models, store)
  const service = { origin, ...(explain && { explain }) }
  const conversation = useConversation(model, store, service)
  const { turns, busy, canRestore, ask, retry, stop, clear, restore } = conversation
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

  useEffect(() => {
    if (!onReturn || busy) return
    const onVisible = () => {
      if (document.visibilityState === 'visible') onReturn()
    }
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [onReturn, busy])

  return (
    <div className="flex h-dvh flex-col pr-[env(safe-area-inset-right)] pl-[env(safe-area-inset-left)]">
      <PageHeader>
        <span aria-hidden className="mx-1.5 h-4 w-px bg-border" />
        <div className="flex min-w-0 flex-1">
          <ModelPicker models={models} chosen={model} onChoose={pickModel} />
        </div>
        <Button
          variant="ghost"
          aria-label="New chat"
          className={account ? undefined : '-mr-2'}
          disabled={turns.length === 0}
          onClick={thenType(clear)}
        >
          <SquarePen aria-hidden />
          <span className="max-sm:hidden">New chat</span>
        </Button>
        {account}
      </PageHeader>
      <main className="flex min-h-0 flex-1 flex-col">
        <Transcript turns={turns} onRetry={thenType(retry)}>
          <Welcome canRestore={canRestore} onAsk={thenType(ask)} onRestore={thenType(restore)} />
        </Transcript>
        <div className="mx-auto w-full max-w-184 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-4">
          <Composer ref={composer} busy={busy} onAsk={ask} onStop={thenType(stop)} store={store} />
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
