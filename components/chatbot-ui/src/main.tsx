import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from '@/App'
import '@/styles.css'

// The first answer needs these. Loaded ahead, because `font-display: optional` gives them no time then.
void document.fonts.load("1rem 'Geist Mono'")
void document.fonts.load("italic 1rem 'Geist'")

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
