import type { SessionControls } from '@/session/useSession'
import { PageHeader } from '@/components/chat/PageHeader'
import { Button } from '@/components/ui/button'

/** The page while nobody is signed in. */
export function SessionScreen({ session, signIn, check }: SessionControls) {
  return (
    <div className="flex h-dvh flex-col">
      <PageHeader />
      <main className="mx-auto flex min-h-0 w-full max-w-184 flex-1 flex-col overflow-y-auto px-4 sm:px-6">
        {session.is === 'asking' && (
          <p role="status" className="sr-only">
            Opening the chat…
          </p>
        )}
        {session.is === 'leaving' && (
          <p role="status" className="m-auto text-muted-foreground">
            Going to the sign-in page…
          </p>
        )}
        {session.is === 'signed-out' && (
          <Notice
            title={session.byReader ? 'You are signed out.' : 'You are not signed in.'}
            text={
              session.byReader
                ? 'Your conversation has been removed from this browser.'
                : 'Sign in to chat.'
            }
            action="Sign in"
            onAct={signIn}
          />
        )}
        {session.is === 'unreachable' && (
          <Notice
            title="The chat service cannot be reached."
            text="Check the connection. This page tries again by itself."
            action="Try again"
            onAct={check}
          />
        )}
        {session.is === 'refused' && (
          <Notice
            title="The chat service does not accept your sign-in."
            text="Your account may not be allowed to chat here."
            action="Sign in again"
            onAct={signIn}
          />
        )}
      </main>
    </div>
  )
}

interface NoticeProps {
  title: string
  text: string
  action: string
  onAct: () => void
}

function Notice({ title, text, action, onAct }: NoticeProps) {
  return (
    <section role="status" className="m-auto flex w-full flex-col items-start py-6">
      <h2 className="text-2xl font-semibold tracking-[-0.022em] text-balance sm:text-[2rem]/tight">
        {title}
      </h2>
      <p className="mt-2 text-pretty text-muted-foreground">{text}</p>
      <Button className="mt-6" onClick={onAct}>
        {action}
      </Button>
    </section>
  )
}
