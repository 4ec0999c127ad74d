import { useMemo } from 'react'
import type { Settings } from '@/api/settings'
import { tabStore } from '@/chat/storage'
import { ChatPage } from '@/components/chat/ChatPage'
import { AccountMenu } from '@/components/session/AccountMenu'
import { SessionScreen } from '@/components/session/SessionScreen'
import { useSession } from '@/session/useSession'

export function App({ settings }: { settings: Settings }) {
  return settings.login === 'none' ? (
    <OpenChat settings={settings} />
  ) : (
    <ChatWithLogin settings={settings} />
  )
}

/** Whoever reaches the page may chat. */
function OpenChat({ settings }: { settings: Settings }) {
  const store = useMemo(() => tabStore(), [])
  return <ChatPage origin={settings.apiOrigin} store={store} />
}

function ChatWithLogin({ settings }: { settings: Settings }) {
  const controls = useSession(settings)
  const { session, signOut, check, explain } = controls
  const user = 'user' in session ? session.user : undefined
  const sub = user?.sub
  const store = useMemo(() => tabStore(sub), [sub])
  if (!user) return <SessionScreen {...controls} />
  return (
    <ChatPage
      // Another person begins with a page of their own.
      key={user.sub}
      origin={settings.apiOrigin}
      store={store}
      account={<AccountMenu user={user} onSignOut={signOut} />}
      explain={explain}
      onReturn={check}
    />
  )
}
