import { ArrowUp, Square } from 'lucide-react'
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type Ref,
  type SubmitEvent,
} from 'react'
import type { TabStore } from '@/chat/storage'
import { useLeaving } from '@/chat/useLeaving'
import { Button } from '@/components/ui/button'

export interface ComposerHandle {
  focus: () => void
}

interface ComposerProps {
  /** An answer is under way: the button stops it. */
  busy: boolean
  onAsk: (question: string) => void
  onStop: () => void
  /** Keeps what is typed and not sent. */
  store: TabStore
  ref: Ref<ComposerHandle>
}

// Safari ends a composition before the Enter that ended it: this code alone tells that key.
const KEY_OF_INPUT_METHOD = 229

export function Composer({ busy, onAsk, onStop, store, ref }: ComposerProps) {
  const [draft, setDraft] = useState(store.loadDraft)
  const field = useRef<HTMLTextAreaElement>(null)
  const empty = draft.trim() === ''

  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus() }), [])

  // As tall as its text, up to the height that its class allows.
  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [draft])

  const latest = useRef(draft)
  useEffect(() => {
    latest.current = draft
  }, [draft])
  useLeaving(
    useCallback(() => {
      store.saveDraft(latest.current)
    }, [store]),
  )

  const submit = (event?: SubmitEvent) => {
    event?.preventDefault()
    if (busy || empty) return
    onAsk(draft.trim())
    setDraft('')
    field.current?.focus()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // The keys that choose a character in an input method belong to it.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    if (event.nativeEvent.isComposing || event.keyCode === KEY_OF_INPUT_METHOD) return
    if (event.key === 'Escape' && busy) onStop()
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      submit()
    }
  }

  return (
    <form
      onSubmit={submit}
      className="flex items-end gap-2 rounded-[1.6rem] border border-border bg-card p-2 pl-5 shadow-[0_2px_16px_-6px] shadow-black/10 transition-[border-color,box-shadow] focus-within:border-ring/60 has-[textarea:focus-visible]:ring-3 has-[textarea:focus-visible]:ring-ring/12"
    >
      <label className="sr-only" htmlFor="message">
        Message
      </label>
      <textarea
        ref={field}
        id="message"
        rows={1}
        value={draft}
        onChange={(event) => {
          setDraft(event.target.value)
        }}
        onKeyDown={onKeyDown}
        placeholder="Ask anything"
        aria-describedby="message-keys"
        enterKeyHint="send"
        className="max-h-[40dvh] min-w-0 flex-1 resize-none bg-transparent py-1.5 leading-6 outline-none placeholder:text-muted-foreground pointer-coarse:py-2.5"
      />
      {busy ? (
        <Button size="icon" aria-label="Stop the answer" title="Stop (Esc)" onClick={onStop}>
          <Square aria-hidden className="size-3.5! fill-current" />
        </Button>
      ) : (
        <Button type="submit" size="icon" aria-label="Send" title="Send (Enter)" disabled={empty}>
          <ArrowUp aria-hidden />
        </Button>
      )}
    </form>
  )
}
