import { expect, it, vi } from 'vitest'
import { fetchModels } from './models'

const answering = (body: unknown) =>
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json(body))
const fetching = () => fetchModels(new AbortController().signal, '')

it('keeps the order and the default of the service', async () => {
  answering({ default: 'b', models: ['a', 'b'] })
  expect(await fetching()).toEqual({ names: ['a', 'b'], default: 'b' })
})

it('takes the first where the default is none of the list', async () => {
  answering({ default: 'x', models: ['a', 'b'] })
  expect((await fetching()).default).toBe('a')
})

it.each([{ models: [] }, {}, null])('refuses %j, which names no model', async (body) => {
  answering(body)
  await expect(fetching()).rejects.toThrow('offers no model')
})
