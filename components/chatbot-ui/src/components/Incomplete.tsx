import { PageHeader } from '@/components/chat/PageHeader'
import { Button } from '@/components/ui/button'

/** In place of a page that does not know its settings. */
export function Incomplete({ reason }: { reason: string }) {
  return (
    <div className="flex h-dvh flex-col">
      <PageHeader />
      <main role="alert" className="m-auto w-full max-w-184 px-4 py-6 sm:px-6">
        <h2 className="text-2xl font-semibold">The chat could not be loaded completely.</h2>
        <p className="mt-2 text-muted-foreground">{reason}</p>
        <Button
          className="mt-6"
          onClick={() => {
            window.location.reload()
          }}
        >
          Load again
        </Button>
      </main>
    </div>
  )
}
