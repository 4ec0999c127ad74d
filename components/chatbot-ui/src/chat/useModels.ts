import { useCallback, useEffect, useState } from 'react'
import { fetchModels, type Models } from '@/api/models'
import type { TabStore } from './storage'

const FIRST_RETRY_MS = 2_000
const LONGEST_RETRY_MS = 30_000

export type ModelsState =
  { state: 'loading' } | { state: 'unavailable' } | ({ state: 'ready' } & Models)

/** The service's models; asks again, at growing intervals, for as long as the service is away. */
export function useModels(origin: string): ModelsState {
  const [models, setModels] = useState<ModelsState>({ state: 'loading' })

  useEffect(() => {
    const controller = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined

    const load = async (retryAfter: number) => {
      try {
        setModels({ state: 'ready', ...(await fetchModels(controller.signal, origin)) })
      } catch {
        if (controller.signal.aborted) return
        setModels({ state: 'unavailable' })
        timer = setTimeout(() => {
          void load(Math.min(retryAfter * 2, LONGEST_RETRY_MS))
        }, retryAfter)
      }
    }

    void load(FIRST_RETRY_MS)
    return () => {
      controller.abort()
      clearTimeout(timer)
    }
  }, [origin])

  return models
}

/** The model that answers, and a way to pick another; undefined stands for the API's own default. */
export function useModel(
  models: ModelsState,
  store: TabStore,
): [string | undefined, (name: string) => void] {
  const [picked, setPicked] = useState(store.loadModel)
  const pick = useCallback(
    (name: string) => {
      setPicked(name)
      store.saveModel(name)
    },
    [store],
  )
  if (models.state !== 'ready') return [picked, pick]
  return [picked !== undefined && models.names.includes(picked) ? picked : models.default, pick]
}
