import {
  memo,
  useDeferredValue,
  type ComponentProps,
  type ReactElement,
  type ReactNode,
} from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { cn } from '@/lib/cn'
import { CodeBlock } from './CodeBlock'

interface MarkdownProps {
  text: string
  /** The text still grows: a caret stands at its end. */
  writing?: boolean
}

/** A model's Markdown. HTML in it is shown as text, and nothing in it is loaded from elsewhere. */
export const Markdown = memo(function Markdown({ text, writing = false }: MarkdownProps) {
  // Parsing gives way to typing and clicking while tokens pour in.
  const deferred = useDeferredValue(text)
  return (
    <div className={cn('answer', writing && 'answer-writing')}>
      <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
        {writing ? deferred : text}
      </ReactMarkdown>
    </div>
  )
})

const PLUGINS = [remarkGfm]

const COMPONENTS: Components = {
  // The page's title is level 1 and each turn's speaker level 2: an answer's own headings stand below.
  h1: 'h3',
  h2: 'h4',
  h3: 'h5',
  h4: 'h6',
  h5: 'h6',
  a: ({ href, children }) => <OutsideLink href={href}>{children}</OutsideLink>,
  // An image's address can carry what was said in the chat to a stranger, so it is a link to follow or not.
  img: ({ src, alt }) => (
    <OutsideLink href={typeof src === 'string' ? src : undefined}>{alt ?? 'image'}</OutsideLink>
  ),
  pre: ({ children }) => {
    const { className, children: code } = (children as ReactElement<ComponentProps<'code'>>).props
    const language = /language-(\S+)/.exec(className ?? '')?.[1]
    return <CodeBlock code={textOf(code).replace(/\n$/, '')} language={language} />
  },
  table: ({ children }) => (
    // Focusable, so that a wide table can be scrolled by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div role="group" aria-label="Table" tabIndex={0} className="overflow-x-auto">
      <table>{children}</table>
    </div>
  ),
}

function OutsideLink({ href, children }: { href: string | undefined; children: ReactNode }) {
  // An address that the renderer found unsafe is empty.
  if (!href) return <>{children}</>
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  )
}

function textOf(children: unknown): string {
  return typeof children === 'string' ? children : ''
}
