import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// In the cluster the ingress sends /api to chatbot-api; beside `vite` and `vite preview` a proxy does.
const proxy = {
  '/api': { target: process.env.CHATBOT_API_URL ?? 'http://127.0.0.1:8000', changeOrigin: true },
}

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // The content security policy has no `data:` for fonts and scripts, so nothing is inlined.
    assetsInlineLimit: 0,
    // React, Radix and the Markdown parser: 530 kB, 167 kB compressed, cached for good.
    chunkSizeWarningLimit: 600,
  },
  server: { proxy },
  preview: { proxy },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
    // For machines that do much else at the same time; no test measures time.
    testTimeout: 60_000,
  },
})
