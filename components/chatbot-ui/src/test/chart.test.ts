import { execFileSync, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { settingsIn } from '@/api/settings'

// The chart, as Helm renders it. Needs a helm binary: $HELM, or helm on the PATH.
const HELM = process.env.HELM ?? 'helm'
const CHART = resolve(import.meta.dirname, '../../chart')
const hasHelm = spawnSync(HELM, ['version']).status === 0

const ELSEWHERE = [
  'api.origin=https://api.chat.localhost:8443',
  'login=oauth2-proxy',
  'ingress.kind=istio',
  'ingress.host=app.chat.localhost',
]

function template(...settings: string[]) {
  const flags = settings.flatMap((setting) => ['--set', setting])
  const command = ['template', 'chatbot-ui', CHART, '--namespace', 'chat', ...flags]
  return execFileSync(HELM, command, { encoding: 'utf8', stdio: 'pipe' })
}

const kinds = (rendered: string) =>
  [...rendered.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind)

describe.skipIf(!hasHelm)('the chart', () => {
  it('of a page on the API’s own host uses what the image has', () => {
    const rendered = template()
    expect(kinds(rendered)).toContain('Ingress')
    expect(kinds(rendered)).not.toContain('VirtualService')
    expect(kinds(rendered)).not.toContain('ConfigMap')
    expect(rendered).not.toContain('/etc/chatbot-ui')
  })

  it('of a page elsewhere gives it settings that it understands', () => {
    const rendered = template(...ELSEWHERE)
    const [settings] = /\{"apiOrigin.*\}/.exec(rendered) ?? []
    expect(settingsIn(JSON.parse(settings ?? ''))).toEqual({
      apiOrigin: 'https://api.chat.localhost:8443',
      login: 'oauth2-proxy',
    })
    expect(rendered).toContain(`default "'self' https://api.chat.localhost:8443";`)
    expect(rendered).toContain('{name: settings, mountPath: /etc/chatbot-ui, readOnly: true}')
  })

  it('of a page elsewhere routes by a VirtualService', () => {
    const rendered = template(...ELSEWHERE)
    expect(kinds(rendered)).toContain('VirtualService')
    expect(kinds(rendered)).not.toContain('Ingress')
    expect(rendered).toContain('gateways: [istio-ingress/platform]')
    expect(rendered).toContain('hosts: [app.chat.localhost]')
    expect(rendered).toContain('host: chatbot-ui.chat.svc.cluster.local')
  })

  it('starts new pods for new settings', () => {
    const checksum = (...settings: string[]) =>
      /checksum\/settings: \w+/.exec(template(...settings))?.[0]
    expect(checksum(...ELSEWHERE)).toBe(checksum(...ELSEWHERE))
    expect(checksum(...ELSEWHERE)).not.toBe(checksum(...ELSEWHERE, 'login=none'))
  })

  it.each([
    'api.origin=https://api.chat.localhost/',
    String.raw`api.origin=https://a.b; script-src *`,
    'login=ldap',
    'ingress.kind=nginx',
    'ingress.gateway=platform',
  ])('refuses %s', (setting) => {
    expect(() => template(setting)).toThrow(setting.split('=')[0]?.split('.').at(-1))
  })
})
