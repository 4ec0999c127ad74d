import type { ReactNode } from 'react'
import { Mark } from './Mark'

/** The line above everything: whose page this is, and what belongs to the whole of it. */
export function PageHeader({ children }: { children?: ReactNode }) {
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 px-4">
      <h1 className="flex items-center gap-2.5 font-semibold tracking-[-0.015em]">
        <Mark className="size-6" />
        Chat
      </h1>
      {children}
    </header>
  )
}
