import { useEffect, useState, type ReactElement } from 'react'
import { CopyButton } from './CopyButton'

interface CodeBlockProps {
  code: string
  language: string | undefined
}

type Highlight = (code: string, language: string) => ReactElement | undefined

// Loaded with the first block that names a language; colours come in without moving anything.
let highlighter: Promise<Highlight> | undefined
const loadHighlighter = () =>
  (highlighter ??= import('@/lib/highlight').then((module) => module.highlight))

export function CodeBlock({ code, language }: CodeBlockProps) {
  const highlight = useHighlighter(language !== undefined)
  const highlighted = language && highlight?.(code, language)
  return (
    <div className="overflow-hidden rounded-xl border border-border bg-code">
      <div className="flex h-9 items-center justify-between pr-1.5 pl-4 text-xs text-muted-foreground">
        <span>{language ?? 'text'}</span>
        <CopyButton text={code} label="Copy code" />
      </div>
      <pre
        // Focusable, so that long lines can be scrolled by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="overflow-x-auto rounded-b-xl px-4 pt-1 pb-4 font-mono text-[13px]/6 focus-visible:-outline-offset-2"
      >
        <code>{highlighted ?? code}</code>
      </pre>
    </div>
  )
}

function useHighlighter(wanted: boolean): Highlight | undefined {
  const [highlight, setHighlight] = useState<Highlight>()
  useEffect(() => {
    if (!wanted) return
    let mounted = true
    // Without colours code is still code: a chunk that does not load is no error to show.
    void loadHighlighter()
      .then((loaded) => {
        if (mounted) setHighlight(() => loaded)
      })
      .catch(() => undefined)
    return () => {
      mounted = false
    }
  }, [wanted])
  return highlight
}
