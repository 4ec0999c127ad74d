import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { loadSettings } from '@/api/settings'
import { App } from '@/App'
import { Incomplete } from '@/components/Incomplete'
import '@/styles.css'

// The first answer needs these. Loaded ahead, because `font-display: optional` gives them no time then.
void document.fonts.load("1rem 'Geist Mono'")
void document.fonts.load("italic 1rem 'Geist'")

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
const page = createRoot(root)

loadSettings().then(
  (settings) => {
    page.render(
      <StrictMode>
        <App settings={settings} />
      </StrictMode>,
    )
  },
  (error: unknown) => {
    page.render(<Incomplete reason={String(error)} />)
  },
)
