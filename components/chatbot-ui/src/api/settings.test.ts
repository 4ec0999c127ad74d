import { expect, it } from 'vitest'
import { SAME_ORIGIN, settingsIn } from './settings'
import shipped from '../../public/config.json'

it('takes what the image ships as a page on its own host without a login', () => {
  expect(settingsIn(shipped)).toEqual(SAME_ORIGIN)
})

it('takes an origin and a login', () => {
  const settings = { apiOrigin: 'https://api.chat.localhost:8443', login: 'oauth2-proxy' }
  expect(settingsIn(settings)).toEqual(settings)
})

it.each([
  null,
  {},
  { apiOrigin: '' },
  { login: 'none' },
  { apiOrigin: '', login: 'ldap' },
  { apiOrigin: 'https://api.chat.localhost/', login: 'none' },
  { apiOrigin: 'javascript:alert(1)', login: 'none' },
  { apiOrigin: 'api.chat.localhost', login: 'none' },
])('refuses %j', (value) => {
  expect(() => settingsIn(value)).toThrow()
})
